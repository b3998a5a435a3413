import { useState } from "preact/hooks";
import { parseLink, type RoomAddress } from "@hcchat/client";
import type { KnockWords } from "@hcchat/client/owned";
import { text } from "../store/ownedText.ts";
import { enter, session } from "../store/session.ts";
import { lastNick } from "../store/settings.ts";
import { Icon } from "../ui/Icon.tsx";
import { Field } from "../ui/Field.tsx";
import { NickFields, nickProblem } from "../ui/NickFields.tsx";
import { KnockPanel } from "./KnockPanel.tsx";
import { useAsking } from "./parts.tsx";
import "./owned.css";

/** Before a room that did not let us in: everything that may open it, for the room does not say what would. */
export function ShutDoor({ address, pass: lastPass }: { address: RoomAddress; pass?: string | undefined }) {
  const t = text.value;
  const [nick, setNick] = useState(lastNick.peek());
  const [pass, setPass] = useState(lastPass ?? "");
  const [password, setPassword] = useState("");
  const [link, setLink] = useState("");
  const [words, setWords] = useState("");
  const [knocking, setKnocking] = useState<KnockWords>();
  const tried = address.password !== undefined;
  const [problems, setProblems] = useState<{ nick?: string; password?: string; link?: string; knock?: string }>(
    tried ? { password: t.didNotOpen } : {},
  );
  const proof = useAsking();
  const { invite: _, password: __, ...door } = address;

  /** Whether there is a name to enter under. */
  const named = () => {
    const wrong = nickProblem(nick);
    setProblems(wrong ? { nick: wrong } : {});
    return !wrong;
  };
  const go = (opener: Partial<RoomAddress>) => void enter({ ...door, ...opener }, nick.trim(), pass || undefined);
  const byPassword = (event: Event) => {
    event.preventDefault();
    if (!named()) return;
    if (password === "") setProblems({ password: t.passwordMissing });
    else go({ password });
  };
  const byInvitation = (event: Event) => {
    event.preventDefault();
    if (!named()) return;
    const read = parseLink(link);
    if (!read.ok || !read.address.invite || read.address.channel !== address.channel) {
      setProblems({ link: t.invitationBad });
    } else {
      const { invite, key } = read.address;
      go({ invite, ...(key && !address.key && address.passphrase === undefined && { key }) });
    }
  };
  const byKey = async () => {
    const client = session.peek()?.client;
    if (named() && client && (await proof.ask(client.prove()))) go({});
  };
  const knock = () => {
    if (named())
      setKnocking({ channel: address.channel, nick: nick.trim(), pass: pass || undefined, text: words.trim() });
  };

  if (knocking) {
    return (
      <KnockPanel
        words={knocking}
        onEntered={() => go({})}
        onEnd={(problem) => {
          setKnocking(undefined);
          setProblems(problem ? { knock: problem } : {});
        }}
      />
    );
  }
  return (
    <div class="doors">
      <p class="note" role="alert">
        <Icon name="lock" />
        <span>
          <strong>{t.shut}</strong> {address.invite && `${t.inviteSpent} `}
          {t.shutHint}
        </span>
      </p>
      <div class="card">
        <NickFields nick={nick} onNick={setNick} pass={pass} onPass={setPass} problem={problems.nick} />
      </div>
      <form class="card" onSubmit={byPassword} noValidate>
        <Field
          label={t.password}
          value={password}
          onInput={setPassword}
          hint={t.passwordHint}
          problem={problems.password}
          secret
        />
        <button type="submit" class="primary">
          {t.enter}
        </button>
      </form>
      <section class="card">
        <Field label={t.knockText} value={words} onInput={setWords} hint={t.knockHint} maxLength={200} optional />
        <p class="problem" role="alert">
          {problems.knock}
        </p>
        <button type="button" class="primary" onClick={knock}>
          {t.knock}
        </button>
      </section>
      <div class="card">
        <details class="fold">
          <summary>{t.haveInvitation}</summary>
          <form onSubmit={byInvitation} noValidate>
            <Field label={t.invitation} value={link} onInput={setLink} problem={problems.link} />
            <button type="submit" class="secondary">
              {t.enter}
            </button>
          </form>
        </details>
        <details class="fold">
          <summary>{t.haveRole}</summary>
          <p class="hint">{t.haveRoleHint}</p>
          <p class="problem" role="alert">
            {proof.problem}
          </p>
          <button type="button" class="secondary" disabled={proof.busy} onClick={() => void byKey()}>
            {t.showKey}
          </button>
        </details>
      </div>
    </div>
  );
}
