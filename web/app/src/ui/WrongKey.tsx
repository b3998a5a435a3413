import { useState } from "preact/hooks";
import { looksLikeLink, readForm } from "../store/openForm.ts";
import type { OpenRoom } from "../store/openRoom.ts";
import { text } from "../store/dialogText.ts";
import { reenter } from "../store/session.ts";
import { Field } from "./Field.tsx";
import { Icon } from "./Icon.tsx";

/** The others use another key: it can be put right here. */
export function WrongKey({ opened }: { opened: OpenRoom }) {
  const t = text.value;
  const { address } = opened.room;
  const byKey = address.passphrase === undefined;
  const byLink = byKey && address.key !== undefined; // with neither the key is a remembered one, of either kind
  const [secret, setSecret] = useState("");
  const [problem, setProblem] = useState<string>();
  const submit = (event: Event) => {
    event.preventDefault();
    const input = {
      room: "",
      secret,
      protection: address.compat ? ("compat" as const) : ("encrypted" as const),
      remember: address.remember ?? false,
    };
    const read = readForm(input, address, true);
    if (!read.ok) setProblem(byLink && read.problem !== "linkOtherRoom" ? t.linkNeeded : t[read.problem]);
    else if (byLink && !read.address.key) setProblem(t.linkNeeded);
    else reenter(read.address);
  };
  return (
    <section class="banner danger wrong-key" role="alert" aria-label={byKey ? t.mismatchKey : t.mismatch}>
      <p>
        <Icon name="key" />
        <span>
          <strong>{byKey ? t.mismatchKey : t.mismatch}.</strong> {byKey ? t.mismatchKeyHint : t.mismatchHint}
        </span>
      </p>
      <form onSubmit={submit} noValidate>
        <Field
          label={byLink ? t.shareWith : byKey || looksLikeLink(secret) ? t.keyOrPassphrase : t.passphrase}
          value={secret}
          onInput={setSecret}
          problem={problem}
          secret={!byLink}
        />
        <button type="submit" class="primary">
          {t.retry}
        </button>
        <button type="button" class="secondary" onClick={() => (opened.mismatchAccepted.value = true)}>
          {t.keepMine}
        </button>
      </form>
    </section>
  );
}
