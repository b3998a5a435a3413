import { useRef, useState } from "preact/hooks";
import { LoginField } from "../login/LoginField.tsx";
import { Dialog } from "../ui/Dialog.tsx";
import { Field } from "../ui/Field.tsx";
import { ActDialog } from "./ActDialog.tsx";
import { Copyable } from "./Copyable.tsx";
import { ask } from "./operator.ts";
import { text } from "./text.ts";

/** What is to be done with an account, or for one. */
export interface AccountAct {
  what: "add" | "invite" | "disable" | "enable" | "password" | "promote" | "demote";
  name: string;
}

interface Props {
  act: AccountAct;
  onClose: () => void;
  onDone: () => void;
}

/** Shortest password of an account, characters (spec/protocol.md). */
const minPassword = 8;
/** For how many days an invitation is good, unless somebody says otherwise, and at most. */
const days = { usual: 7, most: 365 };

/** The dialog for an act. */
export function AccountDialog({ act, onClose, onDone }: Props) {
  const { accounts: a } = text.value;
  const does = { title: a.titles[act.what], explains: a.explains[act.what], does: a.acts[act.what], onClose, onDone };
  switch (act.what) {
    case "add":
      return <AddDialog {...does} />;
    case "invite":
      return <InviteDialog {...does} />;
    case "password":
      return <PasswordDialog {...does} name={act.name} />;
    case "enable":
      return <ActDialog {...does} act={() => ask("accounts/enable", { name: act.name })} />;
    default:
      return <ActDialog {...does} names={act.name} act={() => ask(`accounts/${act.what}`, { name: act.name })} />;
  }
}

type Does = Omit<Parameters<typeof ActDialog>[0], "act" | "children">;

function AddDialog(does: Does) {
  const t = text.value;
  const a = t.accounts;
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [operator, setOperator] = useState(false);
  const problem = () =>
    !/^[\p{L}\p{Nd}_.-]{1,32}$/u.test(name.trim())
      ? a.nameBad
      : password.length < minPassword
        ? a.passwordShort
        : undefined;
  return (
    <ActDialog {...does} problem={problem} act={() => ask("accounts/add", { name: name.trim(), password, operator })}>
      <Field label={a.name} hint={a.nameHint} value={name} onInput={setName} maxLength={32} focusFirst />
      <LoginField
        label={t.password}
        kind="new-password"
        hint={a.passwordHint}
        value={password}
        onInput={setPassword}
        reveal={[t.showPassword, t.hidePassword]}
      />
      <label class="check">
        <input type="checkbox" checked={operator} onChange={(event) => setOperator(event.currentTarget.checked)} />
        <span>
          {a.operator}
          <span class="hint">{a.operatorHint}</span>
        </span>
      </label>
    </ActDialog>
  );
}

function PasswordDialog({ name, ...does }: Does & { name: string }) {
  const t = text.value;
  const [password, setPassword] = useState("");
  return (
    <ActDialog
      {...does}
      names={name}
      problem={() => (password.length < minPassword ? t.accounts.passwordShort : undefined)}
      act={() => ask("accounts/password", { name, password })}
    >
      <LoginField
        label={t.password}
        kind="new-password"
        hint={t.accounts.passwordHint}
        value={password}
        onInput={setPassword}
        reveal={[t.showPassword, t.hidePassword]}
      />
    </ActDialog>
  );
}

function InviteDialog(does: Does) {
  const a = text.value.accounts;
  const [length, setLength] = useState(String(days.usual));
  const [link, setLink] = useState<string>();
  // The dialog that gives way to the one with the link closes, too, but is not the end.
  const made = useRef(false);
  if (link) {
    return (
      <Dialog title={does.title} onClose={does.onDone}>
        <p>{a.invited}</p>
        <Copyable label={a.link} value={link} />
      </Dialog>
    );
  }
  const wanted = Number(length);
  const problem = () => (Number.isInteger(wanted) && wanted >= 1 && wanted <= days.most ? undefined : a.daysBad);
  const invite = async () => {
    const answer = await ask<{ invite: string }>("accounts/invite", { days: wanted });
    made.current = answer.ok;
    if (answer.ok) setLink(new URL(`./#/register/${answer.value.invite}`, location.href).href);
    return answer;
  };
  return (
    <ActDialog
      {...does}
      problem={problem}
      act={invite}
      onClose={() => made.current || does.onClose()}
      onDone={() => undefined}
    >
      <Field label={a.days} value={length} onInput={setLength} maxLength={3} />
    </ActDialog>
  );
}
