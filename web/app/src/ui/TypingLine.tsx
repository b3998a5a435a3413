import type { OpenRoom } from "../store/openRoom.ts";
import { text } from "../store/roomText.ts";

/** Who is writing. Not announced to screen readers: it would interrupt them all the time. */
export function TypingLine({ opened }: { opened: OpenRoom }) {
  const t = text.value;
  const names = opened.typing.value.map((m) => m.nick);
  const words =
    names.length === 0
      ? ""
      : names.length === 1
        ? t.typing1(names[0]!)
        : names.length === 2
          ? t.typing2(names[0]!, names[1]!)
          : t.typingMany;
  return (
    <p class="typing" dir="auto">
      {words}
      {words && <span class="dots" aria-hidden="true" />}
    </p>
  );
}
