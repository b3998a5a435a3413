/** Goes on in the field, for captions. On a phone this would raise the keyboard over what was just chosen. */
export function focusField(): void {
  if (matchMedia("(pointer: fine)").matches) document.querySelector<HTMLElement>(".composer textarea")?.focus();
}
