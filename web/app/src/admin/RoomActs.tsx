import { useState } from "preact/hooks";
import type { Result } from "@hcchat/client";
import { Field } from "../ui/Field.tsx";
import { ActDialog } from "./ActDialog.tsx";
import type { AccountRow } from "./AccountsSection.tsx";
import { ask } from "./operator.ts";
import { text } from "./text.ts";

/** What is to be done with a room. */
export interface RoomAct {
  what: "owner" | "close" | "takedown";
  room: string;
}

/** The buttons for a room. */
export function RoomActs({ room, onAct }: { room: string; onAct: (act: RoomAct) => void }) {
  const { rooms: r } = text.value;
  return (
    <>
      {(["owner", "close", "takedown"] as const).map((what) => (
        <button
          key={what}
          type="button"
          class={what === "owner" ? "secondary" : "secondary takes"}
          aria-label={r.actOn(r.acts[what], room)}
          onClick={() => onAct({ what, room })}
        >
          {r.acts[what]}
        </button>
      ))}
    </>
  );
}

interface Props {
  act: RoomAct;
  onClose: () => void;
  onDone: () => void;
}

/** Closes a room, takes it down, or gives it to somebody. */
export function RoomActDialog({ act: { what, room }, onClose, onDone }: Props) {
  const { rooms: r } = text.value;
  const [whom, setWhom] = useState("");
  const does = { title: r.titles[what], explains: r.explains[what], does: r.acts[what], onClose, onDone };
  if (what !== "owner") return <ActDialog {...does} names={room} act={() => ask(`rooms/${what}`, { room })} />;
  return (
    <ActDialog
      {...does}
      names={room}
      problem={() => (whom.trim() ? undefined : r.whomMissing)}
      act={() => give(room, whom.trim())}
    >
      <Field label={r.whom} hint={r.whomHint} value={whom} onInput={setWhom} />
    </ActDialog>
  );
}

/** @param whom an account's name, or an identity as rooms know it */
async function give(room: string, whom: string): Promise<Result<unknown>> {
  if (/^(key|trip|account):/.test(whom)) return ask("rooms/owner", { room, identity: whom });
  const accounts = await ask<readonly AccountRow[]>("accounts");
  if (!accounts.ok) return accounts;
  const found = accounts.value.find(({ name }) => name.toLocaleUpperCase() === whom.toLocaleUpperCase());
  if (!found) return { ok: false, refusal: { code: "no_account", text: whom } };
  return ask("rooms/owner", { room, identity: found.identity });
}
