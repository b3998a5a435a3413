import { useEffect, useState } from "preact/hooks";
import type { Identity, OwnIdentity } from "@hcchat/client";
import { text } from "../store/dialogText.ts";
import { roomCode, session } from "../store/session.ts";
import { Field } from "./Field.tsx";
import { Fingerprint } from "./Fingerprint.tsx";
import { Icon } from "./Icon.tsx";
import { Share } from "./ShareDialog.tsx";

/** One's own identity: its fingerprint, carrying it to another device or from there, and forgetting it. */
export function IdentitySettings() {
  const t = text.value;
  const { own, identity } = useOwnIdentity();
  const [open, setOpen] = useState<"carry" | "bring" | "forget">();
  const [failed, setFailed] = useState(false);
  if (!own) return null;
  const toggle = (which: typeof open) => setOpen(open === which ? undefined : which);
  const forget = () => {
    if (open !== "forget") return setOpen("forget");
    setOpen(undefined);
    own.forget().catch(() => setFailed(true));
  };
  return (
    <section class="identity">
      <h3>{t.yourKey}</h3>
      <p class="hint">{t.yourKeyHint}</p>
      {identity ? <Fingerprint label={t.fingerprint} of={identity.key} /> : <p class="note">{t.noKeyYet}</p>}
      <div class="identity-actions">
        {identity && (
          <button type="button" class="secondary" aria-expanded={open === "carry"} onClick={() => toggle("carry")}>
            {t.carry}
          </button>
        )}
        <button type="button" class="secondary" aria-expanded={open === "bring"} onClick={() => toggle("bring")}>
          {t.bring}
        </button>
        {identity && (
          <button type="button" class="secondary danger" onClick={forget}>
            <Icon name="trash" />
            {open === "forget" ? t.forgetKeySure : t.forgetKey}
          </button>
        )}
      </div>
      {open === "carry" && identity && <Carry identity={identity} />}
      {open === "bring" && <Bring own={own} onDone={() => setOpen(undefined)} />}
      {open === "forget" && <p class="note warn">{t.forgetKeyHint}</p>}
      <p class="problem" role="alert">
        {failed && t.identityFailed}
      </p>
    </section>
  );
}

/** The identity of the room one is in, else of this device. */
function useOwnIdentity(): { own: OwnIdentity | undefined; identity: Identity | undefined } {
  const [own, setOwn] = useState<OwnIdentity>();
  const [identity, setIdentity] = useState<Identity>();
  useEffect(() => {
    if (!globalThis.crypto?.subtle) return; // nothing is signed on plain http
    const ends: (() => void)[] = [];
    const follow = async () => {
      const here = session.peek()?.client;
      const client = here ?? (await roomCode()).newClient();
      if (!here) ends.push(() => client.close());
      ends.push(client.identity.current.subscribe(setIdentity));
      setIdentity(await client.identity.peek());
      setOwn(client.identity);
    };
    void follow().catch(() => undefined);
    return () => {
      for (const end of ends) end();
    };
  }, []);
  return { own, identity };
}

function Carry({ identity }: { identity: Identity }) {
  const t = text.value;
  const [exported, setExported] = useState("");
  useEffect(() => void identity.export().then(setExported), [identity]);
  return <Share icon="key" tone="warn" label={t.carryLabel} hint={t.carryWarning} value={exported} />;
}

function Bring({ own, onDone }: { own: OwnIdentity; onDone: () => void }) {
  const t = text.value;
  const [typed, setTyped] = useState("");
  const [problem, setProblem] = useState<string>();
  const submit = async (event: Event) => {
    event.preventDefault();
    setProblem(undefined);
    try {
      await own.import(typed);
      onDone();
    } catch (error) {
      setProblem((error as { code?: unknown }).code === "E_FORMAT" ? t.bringBad : t.identityFailed);
    }
  };
  return (
    <form class="identity-bring" noValidate onSubmit={(event) => void submit(event)}>
      <Field
        label={t.carryLabel}
        value={typed}
        onInput={setTyped}
        hint={t.bringHint}
        problem={problem}
        secret
        focusFirst
      />
      <button type="submit" class="primary">
        {t.bringUse}
      </button>
    </form>
  );
}
