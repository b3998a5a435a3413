import { useId, useRef, useState } from "preact/hooks";
import type { OpenRoom } from "../store/openRoom.ts";
import { inviteLink } from "../store/route.ts";
import { text } from "../store/dialogText.ts";
import { Dialog } from "./Dialog.tsx";
import { Icon, type IconName } from "./Icon.tsx";
import { useObserved } from "./RoomRule.tsx";

/** The ways to bring others in; what carries the key stands apart from what does not. */
export function ShareDialog(props: { opened: OpenRoom; onClose: () => void; onInvite: () => void }) {
  const { opened, onClose, onInvite } = props;
  const t = text.value;
  const { address, channel, encrypted } = opened.room;
  const title = opened.title.value ?? address.title;
  const full = title ? { ...address, title } : address;
  const info = useObserved(opened.room.settings.info);
  const shut = info !== undefined && (info.access !== "open" || info.password);
  return (
    <Dialog title={t.shareTitle} onClose={onClose}>
      {shut && (
        <div class="note">
          <Icon name="door" />
          <span>
            {t.shareShut}{" "}
            {(opened.me.value?.level ?? 0) >= 9_999 && (
              <button type="button" class="link-button" onClick={onInvite}>
                {t.shareInvite}
              </button>
            )}
          </span>
        </div>
      )}
      {!encrypted && (
        <>
          <Share
            icon="unlock"
            tone="warn"
            label={t.sharePlain}
            hint={t.sharePlainHint}
            value={inviteLink(full, false)}
          />
          <Share icon="people" label={t.shareName} hint={undefined} value={channel} />
        </>
      )}
      {encrypted && address.key && (
        <Share icon="key" tone="key" label={t.shareWith} hint={t.shareWithHint} value={inviteLink(full, true)} />
      )}
      {encrypted && !address.key && address.passphrase === undefined && <p class="note">{t.shareKeyGone}</p>}
      {encrypted && (
        <Share
          icon="share"
          label={t.shareWithout}
          hint={address.passphrase === undefined ? t.shareWithoutHint : t.sharePassphraseHint}
          value={inviteLink(full, false)}
        />
      )}
    </Dialog>
  );
}

interface ShareProps {
  icon: IconName;
  tone?: "key" | "warn";
  label: string;
  hint: string | undefined;
  value: string;
}

/** Something to be copied. */
export function Share({ icon, tone, label, hint, value }: ShareProps) {
  const t = text.value;
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    input.current!.select();
    try {
      await navigator.clipboard.writeText(value);
      setCopied(true);
    } catch {
      // Not permitted: the text is selected, and the older way usually works.
      setCopied(document.execCommand("copy"));
    }
  };
  return (
    <section class={tone ? `share ${tone}` : "share"}>
      <label for={id}>
        <Icon name={icon} />
        {label}
      </label>
      {hint && (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      <div class="share-row">
        <input
          ref={input}
          id={id}
          type="text"
          readOnly
          value={value}
          aria-describedby={hint ? `${id}-hint` : undefined}
          onFocus={(event) => event.currentTarget.select()}
        />
        <button
          type="button"
          class={tone === "key" ? "primary" : "secondary"}
          aria-label={`${t.copy}: ${label}`}
          onClick={() => void copy()}
        >
          <Icon name={copied ? "check" : "copy"} />
          {copied ? t.copied : t.copy}
        </button>
      </div>
      <span class="visually-hidden" role="status">
        {copied ? t.copied : ""}
      </span>
    </section>
  );
}
