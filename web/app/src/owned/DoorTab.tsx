import { useEffect, useId, useState } from "preact/hooks";
import type { RoomChange, RoomInfo } from "@hcchat/client";
import { OwnedRoom } from "@hcchat/client/owned";
import type { OpenRoom } from "../store/openRoom.ts";
import { text } from "../store/ownedText.ts";
import { Field } from "../ui/Field.tsx";
import { durationText } from "../ui/historyText.ts";
import { useObserved } from "../ui/RoomRule.tsx";
import { moderatorLevel, ownerLevel } from "./names.ts";
import { Ownership } from "./Ownership.tsx";
import { type Asking, Outcome, Select, useAsking } from "./parts.tsx";

/** Times between two messages that are offered, seconds. */
const paces = [0, 5, 10, 30, 60, 300, 900, 3_600];

/** What somebody may change. */
interface Rights {
  moderates: boolean;
  owns: boolean;
}

interface PartProps {
  opened: OpenRoom;
  info: RoomInfo;
  rights: Rights;
}

/** Whose the room is, who may enter, and its pace. */
export function DoorTab({ opened, onClosed }: { opened: OpenRoom; onClosed: () => void }) {
  const info = useObserved(opened.room.settings.info);
  const level = opened.me.value?.level ?? 0;
  const rights = { moderates: level >= moderatorLevel, owns: level >= ownerLevel };
  if (!info) return null;
  const parts = { opened, info, rights };
  return (
    <>
      {info.owned && (
        <>
          <Access {...parts} />
          {rights.owns && info.access === "open" && <Password {...parts} />}
          <Pace {...parts} />
          {rights.moderates ? <Motd {...parts} /> : info.motd && <MotdShown motd={info.motd} />}
          {rights.owns && <Listed {...parts} />}
        </>
      )}
      <Ownership opened={opened} info={info} onClosed={onClosed} />
    </>
  );
}

/** Asks for a change; what is refused goes back to what is in force. */
function useSetting(opened: OpenRoom): { asking: Asking; set: (change: RoomChange) => Promise<boolean> } {
  const asking = useAsking();
  const set = async (change: RoomChange) => (await asking.ask(new OwnedRoom(opened.room).set(change))) !== undefined;
  return { asking, set };
}

/** What is asked for, until it holds or was refused. */
function useWanted<T>(now: T): [T, (value: T | undefined) => void] {
  const [wanted, setWanted] = useState<T>();
  useEffect(() => setWanted(undefined), [now]);
  return [wanted ?? now, setWanted];
}

function Access({ opened, info, rights }: PartProps) {
  const t = text.value;
  const { asking, set } = useSetting(opened);
  const name = useId();
  const [access, want] = useWanted(info.access);
  const [knock, wantKnock] = useWanted(info.knock);
  const choose = async (value: RoomInfo["access"]) => {
    want(value);
    if (!(await set({ access: value }))) want(undefined);
  };
  const allow = async (value: boolean) => {
    wantKnock(value);
    if (!(await set({ knock: value }))) wantKnock(undefined);
  };
  return (
    <fieldset class="choice">
      <legend>{t.access}</legend>
      {(["open", "invite", "locked"] as const).map((one) => (
        <label key={one} class="check">
          <input
            type="radio"
            name={name}
            checked={access === one}
            disabled={!rights.moderates}
            onChange={() => void choose(one)}
          />
          <span>{one === "open" && info.password ? t.passwordOpens : t.accesses[one]}</span>
        </label>
      ))}
      {access !== "locked" && (
        <label class="check">
          <input
            type="checkbox"
            checked={knock}
            disabled={!rights.moderates}
            onChange={(event) => void allow(event.currentTarget.checked)}
          />
          <span>{t.knocksTaken}</span>
        </label>
      )}
      <Outcome of={asking} />
    </fieldset>
  );
}

function Password({ opened, info }: PartProps) {
  const t = text.value;
  const { asking, set } = useSetting(opened);
  const [password, setPassword] = useState("");
  const save = async (event: Event) => {
    event.preventDefault();
    if (password !== "" && (await set({ password }))) setPassword("");
  };
  return (
    <form class="choice" onSubmit={(event) => void save(event)}>
      <Field
        label={t.passwordNew}
        value={password}
        onInput={setPassword}
        hint={`${info.password ? t.passwordIs : t.passwordNone} ${t.passwordHint}`}
        maxLength={200}
        autoComplete="new-password"
        secret
      />
      <div class="share-row">
        <button type="submit" class="secondary" disabled={password === ""}>
          {t.passwordSet}
        </button>
        {info.password && (
          <button type="button" class="secondary" onClick={() => void set({ password: "" })}>
            {t.passwordRemove}
          </button>
        )}
      </div>
      <Outcome of={asking} />
    </form>
  );
}

function Pace({ opened, info, rights }: PartProps) {
  const t = text.value;
  const { asking, set } = useSetting(opened);
  const [slow, want] = useWanted(info.slow);
  const offered = paces.includes(slow) ? paces : [...paces, slow].sort((a, b) => a - b);
  const choose = async (value: number) => {
    want(value);
    if (!(await set({ slow: value }))) want(undefined);
  };
  return (
    <div class="choice">
      <Select
        label={t.pace}
        value={slow}
        options={offered.map((one) => [one, one === 0 ? t.paceOff : t.paceEvery(durationText(one))] as const)}
        onChange={(value) => void choose(value)}
        disabled={!rights.moderates}
      />
      <p class="hint">{t.paceHint}</p>
      <Outcome of={asking} />
    </div>
  );
}

function Motd({ opened, info }: PartProps) {
  const t = text.value;
  const { asking, set } = useSetting(opened);
  const now = info.motd ?? "";
  const [typed, setTyped] = useState<string>();
  useEffect(() => setTyped(undefined), [now]);
  const save = async (event: Event) => {
    event.preventDefault();
    if (!(await set({ motd: typed ?? now }))) setTyped(undefined);
  };
  return (
    <form class="choice" onSubmit={(event) => void save(event)}>
      <Field label={t.motd} value={typed ?? now} onInput={setTyped} hint={t.motdHint} maxLength={499} />
      <div class="share-row">
        <button type="submit" class="secondary" disabled={(typed ?? now) === now}>
          {t.motdSave}
        </button>
      </div>
      <Outcome of={asking} />
    </form>
  );
}

function MotdShown({ motd }: { motd: string }) {
  return (
    <div class="choice">
      <h3>{text.value.motd}</h3>
      <p dir="auto">{motd}</p>
    </div>
  );
}

function Listed({ opened, info }: PartProps) {
  const t = text.value;
  const { asking, set } = useSetting(opened);
  const [listed, want] = useWanted(info.listed);
  const choose = async (value: boolean) => {
    want(value);
    if (!(await set({ listed: value }))) want(undefined);
  };
  return (
    <div class="choice">
      <label class="check">
        <input type="checkbox" checked={listed} onChange={(event) => void choose(event.currentTarget.checked)} />
        <span>
          {t.listed}
          <span class="hint">{t.listedHint}</span>
        </span>
      </label>
      <Outcome of={asking} />
    </div>
  );
}
