import { useState } from "preact/hooks";
import type { Refusal } from "@hcchat/client";
import { canGoElsewhere, goElsewhere } from "../login/elsewhere.ts";
import { LoginField } from "../login/LoginField.tsx";
import { methods } from "../login/methods.ts";
import { logIn, type Operator } from "./operator.ts";
import { text } from "./text.ts";

/** Logging in, and why not. */
export function LoginPanel({ who }: { who: Operator }) {
  const t = text.value;
  const { accounts, oidc } = methods.value;
  if (who.kind === "opening") return <main class="admin-login" aria-busy="true" />;
  return (
    <main class="admin-login">
      {who.kind === "stranger" && (
        <p class="note" role="alert">
          <span>
            {t.stranger(who.name)} <a href="./">{t.toChat}</a>
          </span>
        </p>
      )}
      {who.kind === "nobody" && who.ended && (
        <p class="note" role="alert">
          {t.ended}
        </p>
      )}
      <div class="card">
        <p class="muted">{t.lead}</p>
        {!accounts && who.kind === "nobody" && who.refusal && (
          <p class="note danger" role="alert">
            {problemOf(who.refusal)}
          </p>
        )}
        {accounts && <PasswordForm who={who} />}
        {oidc && (
          <button type="button" class="secondary" disabled={!canGoElsewhere} onClick={() => void goElsewhere("admin")}>
            {t.logInWith(oidc.name)}
          </button>
        )}
        {!accounts && !oidc && <p class="note">{t.noLogin}</p>}
      </div>
      <section class="hint">
        <p>{t.makeOne}</p>
        <pre>
          <code>hcchat admin user add NAME --operator</code>
        </pre>
      </section>
    </main>
  );
}

function problemOf({ code, text: words }: Refusal): string {
  return text.value.problems[code] ?? words;
}

function PasswordForm({ who }: { who: Operator }) {
  const t = text.value;
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [busy, setBusy] = useState(false);
  const [missing, setMissing] = useState<{ name?: string; password?: string }>({});
  const refusal = who.kind === "nobody" && !busy ? who.refusal : undefined;

  const submit = async (event: Event) => {
    event.preventDefault();
    if (busy) return;
    const left = { ...(!name.trim() && { name: t.nameMissing }), ...(!password && { password: t.passwordMissing }) };
    setMissing(left);
    if (left.name || left.password) return;
    setBusy(true);
    await logIn({ name: name.trim(), password });
    setBusy(false);
  };

  return (
    <form onSubmit={(event) => void submit(event)} noValidate>
      <LoginField label={t.name} kind="username" value={name} onInput={setName} problem={missing.name} focusFirst />
      <LoginField
        label={t.password}
        kind="current-password"
        value={password}
        onInput={setPassword}
        problem={missing.password ?? (refusal && problemOf(refusal))}
        reveal={[t.showPassword, t.hidePassword]}
      />
      <button type="submit" class="primary" aria-disabled={busy}>
        {busy && <span class="spinner" aria-hidden="true" />}
        {t.logIn}
      </button>
    </form>
  );
}
