import { text } from "../store/dialogText.ts";
import { Dialog } from "./Dialog.tsx";

/** What can be typed besides text. */
export function HelpDialog({ onClose }: { onClose: () => void }) {
  const t = text.value;
  return (
    <Dialog title={t.helpTitle} onClose={onClose}>
      <dl class="help">
        {Object.values(t.help).map(([usage, meaning]) => (
          <div key={usage}>
            <dt>
              <code>{usage}</code>
            </dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
