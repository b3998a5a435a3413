import { useState } from "preact/hooks";
import { goOn, untold } from "./goOn.ts";
import { LoginField } from "./LoginField.tsx";
import { problemOf } from "./LoginPage.tsx";
import { openAccount } from "./state.ts";
import { text } from "./text.ts";
import "./login.css";

/** Name and password. */
export function LoginForm() {
  const t = text.value;
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [problems, setProblems] = useState<{ name?: string; password?: string }>({});
  const [busy, setBusy] = useState(false);

  const submit = async (event: Event) => {
    event.preventDefault();
    if (busy) return;
    const missing = { ...(!name.trim() && { name: t.nameMissing }), ...(!password && { password: t.passwordMissing }) };
    setProblems(missing);
    if (missing.name || missing.password) return;
    setBusy(true);
    untold.value = false;
    const account = await openAccount();
    const result = await account.logIn({ name: name.trim(), password });
    setBusy(false);
    if (result.ok) return goOn();
    setProblems({ password: problemOf(result, t) });
  };

  return (
    <form onSubmit={(event) => void submit(event)} noValidate>
      <LoginField label={t.name} kind="username" value={name} onInput={setName} problem={problems.name} focusFirst />
      <LoginField
        label={t.password}
        kind="current-password"
        value={password}
        onInput={setPassword}
        problem={problems.password}
        reveal={[t.showPassword, t.hidePassword]}
      />
      <button type="submit" class="primary" aria-disabled={busy}>
        {busy && <span class="spinner" aria-hidden="true" />}
        {t.logIn}
      </button>
    </form>
  );
}
