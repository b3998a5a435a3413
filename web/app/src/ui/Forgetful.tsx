import { text } from "../store/settings.ts";
import { forgets } from "../store/storage.ts";

/** What is lost with the page where the browser lets it keep nothing. */
export function Forgetful() {
  return forgets.value ? (
    <p class="note warn" role="status">
      {text.value.forgets}
    </p>
  ) : null;
}
