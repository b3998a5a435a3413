import type { Message } from "@hcchat/client";
import { text } from "../store/roomText.ts";
import { Icon } from "./Icon.tsx";
import { gist } from "./snippet.ts";

interface Props {
  writing: { kind: "reply" | "edit"; message: Message };
  onCancel: () => void;
}

/** What is being written for, above the field: an answer, or another text for a message. */
export function WritingStrip({ writing, onCancel }: Props) {
  const t = text.value;
  const { kind, message } = writing;
  return (
    <div class="writing">
      <Icon name={kind} />
      <p dir="auto">
        <strong>{kind === "reply" ? t.replyingTo(message.nick) : t.editing}</strong> {gist(message)}
      </p>
      <button type="button" class="icon-button" aria-label={t.cancel} title={t.cancel} onClick={onCancel}>
        <Icon name="close" />
      </button>
    </div>
  );
}
