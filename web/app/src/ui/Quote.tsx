import { useState } from "preact/hooks";
import { isDoubtful } from "@hcchat/client";
import type { OpenRoom } from "../store/openRoom.ts";
import { text } from "../store/roomText.ts";
import { Icon } from "./Icon.tsx";
import { gist } from "./snippet.ts";

/** The beginning of the message that is answered; pressing it goes there. */
export function Quote({ of, opened }: { of: string; opened: OpenRoom }) {
  const t = text.value;
  const [lost, setLost] = useState(false);
  void opened.version.value; // it may have come meanwhile
  const message = opened.room.log.timeline.find(of);
  const doubtful = message !== undefined && isDoubtful(opened.standing(message));
  const go = async () => setLost(!(await opened.show(of)));
  const words = lost ? t.quoteLost : message?.deleted ? t.deletedByAuthor : message ? gist(message) : t.quoteEarlier;
  return (
    <button type="button" class="quote" tabIndex={-1} onClick={() => void go()}>
      <Icon name={doubtful ? "alert" : "reply"} />
      <span class="visually-hidden">
        {t.inReplyTo} {doubtful && t.doubtful}{" "}
      </span>
      {message && !message.deleted && <strong dir="auto">{message.nick}</strong>}
      <span dir="auto">{words}</span>
    </button>
  );
}
