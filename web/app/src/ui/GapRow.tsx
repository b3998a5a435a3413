import type { Row } from "../store/items.ts";
import type { OpenRoom } from "../store/openRoom.ts";
import { text } from "../store/roomText.ts";
import { historyText } from "./historyText.ts";

/** Where something lacks: what is being fetched, what was lost, and where history begins. */
export function GapRow({ row, opened }: { row: Row & { type: "gap" }; opened: OpenRoom }) {
  const t = text.value;
  const { state, top, count } = row.gap;
  const progress = opened.filling.value.get(row.key);
  if (state === "start") {
    const kept = historyText(opened);
    return (
      <p class="quiet gap start" data-key={row.key} data-gap={state}>
        {t.historyStart}
        {kept && <span class="muted"> {kept}</span>}
      </p>
    );
  }
  const words = count ? t.missingCount(count) : t.missingSome;
  return (
    <p class={top ? "quiet gap" : "quiet gap warns"} data-key={row.key} data-gap={state}>
      {progress === "loading" ? (
        <>
          <span class="spinner" aria-hidden="true" /> {t.loading}
        </>
      ) : (
        <>
          {!top && (state === "ended" ? `${words} ${t.missingGone}` : words)}{" "}
          {state === "open" && (progress === "failed" || !top) && (
            <button type="button" class="link-button" onClick={() => void opened.fill(row.key, "newer", true)}>
              {top ? t.loadOlder : t.loadMissing}
            </button>
          )}
        </>
      )}
    </p>
  );
}
