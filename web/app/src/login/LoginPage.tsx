import { useEffect, useState } from "preact/hooks";
import type { Result } from "@hcchat/client";
import { hasDrafts } from "../store/drafts.ts";
import { goToStart, route } from "../store/route.ts";
import { session } from "../store/session.ts";
import { Sheet } from "../ui/Sheet.tsx";
import { goOn, goOnAsGuest, untold } from "./goOn.ts";
import { awaitedBy, canGoElsewhere, goElsewhere, takeVerifier } from "./elsewhere.ts";
import { LoginForm } from "./LoginForm.tsx";
import { RegisterForm } from "./RegisterForm.tsx";
import { methods } from "./methods.ts";
import { openAccount, who } from "./state.ts";
import { text } from "./text.ts";

/** What the address bar asked for: an invitation, or what a login elsewhere has come to. */
function read(fragment: string): { invite?: string; code?: string; error?: string } {
  const [, kind, rest = "", query = ""] = /^#\/(login|register)\/?([^?]*)(?:\?(.*))?$/.exec(fragment) ?? [];
  if (kind === "register") return { invite: rest };
  const error = new URLSearchParams(query).get("error");
  return { ...(rest && { code: rest }), ...(error && { error }) };
}

/** Logging in, or making an account by an invitation; then it goes on where one was. */
export function LoginPage() {
  const t = text.value;
  const here = route.value;
  const asked = here.kind === "account" ? read(here.fragment) : {};
  const [registering, setRegistering] = useState(asked.invite !== undefined);
  const [problem, setProblem] = useState(
    asked.error && (t.returned[asked.error] ?? t.problems[asked.error] ?? t.problems["failed"]!),
  );
  const [finishing, setFinishing] = useState(asked.code !== undefined);
  const state = who.value;
  const why = state.kind === "out" ? state.why : undefined;
  useEffect(() => {
    if (here.kind === "account" && (asked.code ?? asked.error) && awaitedBy() === "admin")
      location.replace(`admin${here.fragment}`);
    else if (asked.code)
      void finish(asked.code)
        .then(setProblem)
        .finally(() => setFinishing(false));
  }, []);
  const register = registering && methods.value.accounts;
  const lead = register ? t.registerLead : leadOf(here.kind === "room", t);
  return (
    <Sheet heading={register ? t.register : t.logIn} lead={lead}>
      {untold.value && <Note alarming words={t.untold} />}
      {why && <Note words={`${t.why[why]}${session.value || hasDrafts() ? ` ${t.kept}` : ""}`} />}
      {problem && <Note alarming words={problem} />}
      {finishing ? (
        <p class="note" role="status">
          {t.finishing}
        </p>
      ) : (
        <div class="card login">
          {register ? <RegisterForm invite={asked.invite ?? ""} /> : methods.value.accounts && <LoginForm />}
          {!register && <Elsewhere />}
        </div>
      )}
      {register && <Quiet words={t.haveOne} onClick={() => setRegistering(false)} />}
      {!register && methods.value.accounts && <p class="hint centered">{t.noAccount}</p>}
      {methods.value.open && <Quiet words={here.kind === "account" ? t.back : t.guest} onClick={withoutAccount} />}
    </Sheet>
  );
}

async function toElsewhere(): Promise<void> {
  await goElsewhere("chat", await (await import("./wayBack.ts")).sealedRoom());
}

function leadOf(isRoom: boolean, t: { leadRoom: string; leadServer: string }): string | undefined {
  if (isRoom || session.value) return t.leadRoom;
  return methods.value.open ? undefined : t.leadServer;
}

function withoutAccount(): void {
  if (who.peek().kind === "in") goToStart();
  else goOnAsGuest();
}

/** Ends a login that was begun elsewhere. Settles with what went wrong. */
async function finish(code: string): Promise<string | undefined> {
  const t = text.peek();
  const verifier = takeVerifier();
  if (!verifier) return t.notHere;
  const account = await openAccount();
  const result = await account.logIn({ code, verifier });
  if (result.ok) await goOn();
  return result.ok ? undefined : problemOf(result, t);
}

/** Why not, in words. */
export function problemOf(result: Result & { ok: false }, t: { problems: Record<string, string> }): string {
  return t.problems[result.refusal.code] ?? result.refusal.text;
}

function Elsewhere() {
  const t = text.value;
  const { oidc, accounts } = methods.value;
  if (!oidc) return null;
  return (
    <div class="elsewhere">
      {accounts && <p class="muted centered">{t.or}</p>}
      <button type="button" class="secondary" disabled={!canGoElsewhere} onClick={() => void toElsewhere()}>
        {t.logInWith(oidc.name)}
      </button>
      {!canGoElsewhere && <p class="hint">{t.needsHttps}</p>}
    </div>
  );
}

function Note({ words, alarming = false }: { words: string; alarming?: boolean }) {
  return (
    <p class={alarming ? "note danger" : "note"} role="alert">
      {words}
    </p>
  );
}

function Quiet({ words, onClick }: { words: string; onClick: () => void }) {
  return (
    <button type="button" class="quiet-button centered" onClick={onClick}>
      {words}
    </button>
  );
}
