import { text } from "../store/settings.ts";
import { Field } from "./Field.tsx";

interface Props {
  nick: string;
  onNick: (nick: string) => void;
  pass: string;
  onPass: (pass: string) => void;
  problem: string | undefined;
  focusFirst?: boolean;
}

/** Who one is: a name, and folded away the password that gives a trip code. */
export function NickFields({ nick, onNick, pass, onPass, problem, focusFirst = false }: Props) {
  const t = text.value;
  return (
    <>
      <Field
        label={t.nick}
        value={nick}
        onInput={onNick}
        problem={problem}
        autoComplete="nickname"
        focusFirst={focusFirst}
      />
      <details class="fold" open={pass !== ""}>
        <summary>{t.tripAdd}</summary>
        <Field label={t.trip} value={pass} onInput={onPass} hint={t.tripHint} secret autoComplete="off" />
      </details>
    </>
  );
}

/** What is wrong with a name, as far as it can be said without the server. */
export function nickProblem(nick: string): string | undefined {
  const t = text.value;
  if (nick.trim() === "") return t.nickMissing;
  return /^[^\s#]{1,24}$/u.test(nick.trim()) ? undefined : t.nickBad;
}
