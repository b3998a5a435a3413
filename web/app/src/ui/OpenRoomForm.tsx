import { useState } from "preact/hooks";
import type { Refusal, RoomAddress } from "@hcchat/client";
import {
  fixedFields,
  guessable,
  looksLikeLink,
  nextNick,
  readForm,
  type FormInput,
  type Protection,
} from "../store/openForm.ts";
import { enter } from "../store/session.ts";
import { lastNick, text } from "../store/settings.ts";
import { Field } from "./Field.tsx";
import { Icon } from "./Icon.tsx";
import { Insecure, insecureId } from "./Insecure.tsx";
import { NickFields, nickProblem } from "./NickFields.tsx";
import { ProtectionChoice } from "./ProtectionChoice.tsx";
import { Remember } from "./Remember.tsx";

interface Props {
  /** The room, when a link named it already. */
  address?: RoomAddress;
  mode?: "encrypted" | "plain" | "unsaid";
  /** Why the last try failed. */
  refusal?: Refusal;
  pass?: string | undefined;
}

const aboutNick = /nick/;

/** What is typed and what is wrong with it. */
function useOpenForm({ address, mode, refusal, pass: lastPass }: Props) {
  const t = text.value;
  const [input, setInput] = useState<FormInput>(() => ({
    room: "",
    secret: "",
    protection: mode === "plain" ? "plain" : address?.compat ? "compat" : "encrypted",
    remember: address?.remember ?? false,
  }));
  const [nick, setNick] = useState(() =>
    refusal?.code === "nick_taken" ? nextNick(lastNick.peek()) : lastNick.peek(),
  );
  const [pass, setPass] = useState(lastPass ?? "");
  const nickRefused = refusal && aboutNick.test(refusal.code) ? (t.refusals[refusal.code] ?? refusal.text) : undefined;
  const [problems, setProblems] = useState<{ room?: string; secret?: string; nick?: string | undefined }>({
    nick: nickRefused,
  });
  const change = (part: Partial<FormInput>) => setInput({ ...input, ...part });

  const fields = fixedFields(input, address, refusal?.code);

  const submit = (event: Event) => {
    event.preventDefault();
    const read = readForm(input, address, fields.needsSecret);
    const wrongNick = nickProblem(nick);
    if (!read.ok || wrongNick) {
      setProblems({ ...(read.ok ? {} : { [read.field]: t[read.problem] }), nick: wrongNick });
      return;
    }
    void enter(read.address, nick.trim(), pass || undefined);
  };

  return { input, change, nick, setNick, pass, setPass, problems, fields, submit };
}

/** Opens a room by its name and passphrase, or by whatever part of a link is at hand. */
export function OpenRoomForm(props: Props) {
  const t = text.value;
  const { address, mode } = props;
  const { input, change, nick, setNick, pass, setPass, problems, fields, submit } = useOpenForm(props);
  const { plain } = fields;
  const weak = input.secret !== "" && guessable(input.secret);

  return (
    <form onSubmit={submit} noValidate>
      {!plain && <Insecure />}
      {!address && (
        <Field
          label={t.roomOrLink}
          value={input.room}
          onInput={(room) => change({ room })}
          hint={t.roomOrLinkHint}
          problem={problems.room}
        />
      )}
      {fields.needsSecret && (
        <Field
          label={address && !address.compat ? t.keyOrPassphrase : t.passphrase}
          value={input.secret}
          onInput={(secret) => change({ secret })}
          hint={looksLikeLink(input.secret) ? undefined : weak ? t.passphraseWeak : t.passphraseHint}
          problem={problems.secret}
          secret
        />
      )}
      <NickFields
        nick={nick}
        onNick={setNick}
        pass={pass}
        onPass={setPass}
        problem={problems.nick}
        focusFirst={address !== undefined && !fields.needsSecret}
      />
      {!plain && <Remember checked={input.remember} onChange={(remember) => change({ remember })} />}
      {(!address || mode === "unsaid" || fields.needsSecret) && (
        <ProtectionChoice
          value={input.protection}
          onChange={(protection: Protection) => change({ protection })}
          open={mode === "unsaid"}
          plain={mode !== "encrypted"}
        />
      )}
      {plain && (
        <p class="note warn" role="status">
          <Icon name="unlock" />
          {t.notEncryptedHint}
        </p>
      )}
      <button
        type="submit"
        class={plain ? "primary caution" : "primary"}
        disabled={!plain && !isSecureContext}
        aria-describedby={plain ? undefined : insecureId}
      >
        <Icon name={plain ? "unlock" : "lock"} />
        {plain ? t.openPlain : t.open}
      </button>
    </form>
  );
}
