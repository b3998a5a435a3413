import type { OpenRoom } from "../store/openRoom.ts";
import { text } from "../store/roomText.ts";
import { historyText } from "./historyText.ts";
import { Icon } from "./Icon.tsx";

/** A room in which nothing was said yet, or which is still being opened. */
export function EmptyRoom({ opened, onShare }: { opened: OpenRoom; onShare: () => void }) {
  const t = text.value;
  const state = opened.state.value.kind;
  if (state === "joining" || state === "deriving") {
    return (
      <div class="empty" role="status">
        <span class="spinner" aria-hidden="true" />
        <p>{state === "joining" ? t.joining : t.deriving}</p>
        {state === "deriving" && <p class="muted">{t.derivingHint}</p>}
      </div>
    );
  }
  if (state !== "joined") return null;
  const alone = opened.members.value.length <= 1;
  return (
    <div class="empty">
      <h2>{t.emptyTitle}</h2>
      <p class="muted">{alone ? t.emptyAlone : (historyText(opened) ?? t.emptyOthers)}</p>
      {alone && (
        <button type="button" class="primary" onClick={onShare}>
          <Icon name="share" />
          {t.shareTitle}
        </button>
      )}
    </div>
  );
}
