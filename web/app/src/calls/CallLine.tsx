import type { Message } from "@hcchat/client";
import { useEffect, useState } from "preact/hooks";
import type { OpenRoom } from "../store/openRoom.ts";
import { text } from "../store/callsText.ts";
import { Icon } from "../ui/Icon.tsx";
import { answered } from "./answered.ts";
import { Calling, ringing } from "./calling.ts";
import { drawings } from "./icons.ts";

/** A call in the timeline: that it began, that it goes on, or that it was missed. */
export function CallLine({ message, opened }: { message: Message; opened: OpenRoom }) {
  const t = text.value;
  const { id, video } = message.call!;
  const calling = Calling.of(opened);
  const running = calling.call.value?.id === id;
  const over = useOver(message.time + ringing);
  const [seen, setSeen] = useState(false);
  if (running && !seen) setSeen(true);
  const missed = !message.own && !running && (over || seen) && !answered.value.includes(id);
  const words = running ? t.lineRunning : missed ? t.lineMissed : message.own ? t.lineOwn : t.lineBegan(message.nick);
  return (
    <p class={missed ? "call-line missed" : "call-line"}>
      {video ? <Icon path={drawings.camera} /> : <Icon name="phone" />}
      <span>{words}</span>
    </p>
  );
}

/** Whether that time has passed. */
function useOver(time: number): boolean {
  const [over, setOver] = useState(Date.now() >= time);
  useEffect(() => {
    if (over) return;
    const timer = setTimeout(() => setOver(true), Math.max(0, time - Date.now()));
    return () => clearTimeout(timer);
  }, [over, time]);
  return over;
}
