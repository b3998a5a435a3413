import type { Message } from "@hcchat/client";
import type { OpenRoom } from "../store/openRoom.ts";
import { text } from "../store/roomText.ts";
import { Icon } from "./Icon.tsx";

/** How far an own message has come, and what can be done when it went nowhere. */
export function SendMark({ message, opened }: { message: Message; opened: OpenRoom }) {
  const t = text.value;
  const { key, state, failure } = message;
  if (state === "failed") {
    const why = failure && (t.refusals[failure.code] ?? failure.text);
    return (
      <p class="remark danger" role="alert">
        <Icon name="alert" />
        <span>
          {why ? t.failedWhy(why) : t.failed}{" "}
          <button type="button" class="link-button" onClick={() => opened.room.retry(key)}>
            <Icon name="retry" />
            {t.retry}
          </button>{" "}
          <button type="button" class="link-button" onClick={() => opened.room.discard(key)}>
            <Icon name="trash" />
            {t.discard}
          </button>
        </span>
      </p>
    );
  }
  void opened.receipts.value; // they are counted anew when somebody has come farther
  const { read, delivered } = opened.room.log.receipts.reached(message);
  const names = (nicks: readonly string[]) => new Intl.ListFormat(document.documentElement.lang).format(nicks);
  const [icon, label, kind] =
    state === "sending"
      ? (["clock", t.sending, ""] as const)
      : read.length > 0
        ? (["checks", t.readBy(names(read)), "read"] as const)
        : delivered.length > 0
          ? (["checks", t.deliveredTo(names(delivered)), "delivered"] as const)
          : (["check", t.sent, ""] as const);
  return (
    <span class={`send-mark ${kind}`} role="img" aria-label={label} title={label}>
      <Icon name={icon} />
    </span>
  );
}
