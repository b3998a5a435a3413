import { useState } from "preact/hooks";
import { newRoom } from "@hcchat/client";
import { enter } from "../store/session.ts";
import { lastNick, text } from "../store/settings.ts";
import { Field } from "./Field.tsx";
import { Icon } from "./Icon.tsx";
import { Insecure, insecureId } from "./Insecure.tsx";
import { NickFields, nickProblem } from "./NickFields.tsx";
import { Remember } from "./Remember.tsx";

/** A fresh encrypted room: random name on the wire, strong key, a title that the server never sees. */
export function NewRoomForm() {
  const t = text.value;
  const [title, setTitle] = useState("");
  const [nick, setNick] = useState(lastNick.peek());
  const [pass, setPass] = useState("");
  // Ticked here, because whoever makes a room would lose it with the first reload.
  const [remember, setRemember] = useState(true);
  const [problem, setProblem] = useState<string>();

  const submit = (event: Event) => {
    event.preventDefault();
    const wrong = nickProblem(nick);
    setProblem(wrong);
    if (!wrong) void enter({ ...newRoom(title), remember }, nick.trim(), pass || undefined);
  };

  return (
    <form onSubmit={submit} noValidate>
      <Insecure />
      <Field label={t.roomTitle} value={title} onInput={setTitle} hint={t.roomTitleHint} optional maxLength={80} />
      <NickFields nick={nick} onNick={setNick} pass={pass} onPass={setPass} problem={problem} />
      <Remember checked={remember} onChange={setRemember} />
      <button type="submit" class="primary" disabled={!isSecureContext} aria-describedby={insecureId}>
        <Icon name="lock" />
        {t.create}
      </button>
    </form>
  );
}
