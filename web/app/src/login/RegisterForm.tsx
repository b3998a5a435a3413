import { useState } from "preact/hooks";
import { goOn } from "./goOn.ts";
import { LoginField } from "./LoginField.tsx";
import { problemOf } from "./LoginPage.tsx";
import { openAccount } from "./state.ts";
import { text } from "./text.ts";
import "./login.css";

/** Shortest password of an account, characters (spec/protocol.md). */
const minPassword = 8;

/** Makes an account by an invitation. */
export function RegisterForm({ invite }: { invite: string }) {
  const t = text.value;
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [problems, setProblems] = useState<{ name?: string; password?: string }>({});
  const [busy, setBusy] = useState(false);

  const submit = async (event: Event) => {
    event.preventDefault();
    if (busy) return;
    const wrong = {
      ...(!/^[\p{L}\p{Nd}_.-]{1,32}$/u.test(name.trim()) && { name: name.trim() ? t.nameBad : t.nameMissing }),
      ...(password.length < minPassword && { password: t.passwordShort }),
    };
    setProblems(wrong);
    if (wrong.name || wrong.password) return;
    setBusy(true);
    const account = await openAccount();
    const result = await account.register(invite, name.trim(), password);
    setBusy(false);
    if (result.ok) return goOn();
    if (result.refusal.code === "bad_token") setProblems({ name: t.problems["bad_invitation"]! });
    else setProblems({ password: problemOf(result, t) });
  };

  return (
    <form onSubmit={(event) => void submit(event)} noValidate>
      <LoginField
        label={t.name}
        kind="username"
        value={name}
        onInput={setName}
        hint={t.nameHint}
        problem={problems.name}
        focusFirst
      />
      <LoginField
        label={t.newPassword}
        kind="new-password"
        value={password}
        onInput={setPassword}
        hint={t.passwordHint}
        problem={problems.password}
        reveal={[t.showPassword, t.hidePassword]}
      />
      <button type="submit" class="primary" aria-disabled={busy}>
        {busy && <span class="spinner" aria-hidden="true" />}
        {t.create}
      </button>
    </form>
  );
}
