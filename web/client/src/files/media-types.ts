/** Whether something of that type may be played or shown from an address of ours: nothing that can hold a script. */
export function isPlayable(mime: string): boolean {
  return /^(audio|video|image)\/[\w.+-]{1,60}$/.test(mime) && !/svg|xml/i.test(mime);
}
