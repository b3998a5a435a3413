import { useEffect, useState } from "preact/hooks";
import type { RoomAddress } from "@hcchat/client";
import { LoginPage } from "../login/lazy.ts";
import { loginAsked } from "../login/state.ts";
import { known } from "../store/recent.ts";
import { route, type Route } from "../store/route.ts";
import { enter, held, incomplete, leftInTab, roomCode, session } from "../store/session.ts";
import { lastNick, text } from "../store/settings.ts";
import { DoorPage } from "./DoorPage.tsx";
import { lazy, whenIdle } from "./lazy.tsx";
import { StartPage } from "./StartPage.tsx";

const fetchRoomPage = async () => {
  const [page, texts] = await Promise.all([import("./RoomPage.tsx"), import("../store/roomText.ts")]);
  await texts.startRoomTexts();
  return page.RoomPage;
};
const RoomPage = lazy(fetchRoomPage);

/** Fetches what a room needs while the start page is being read. A failure shows when it is needed. */
export function prefetchRoom(): void {
  whenIdle(() => Promise.all([fetchRoomPage(), roomCode()]));
}

/** The page that belongs to the address bar and the session. */
export function App() {
  const here = route.value;
  const opened = session.value;
  useTitle();
  if (loginAsked(here, opened)) return <LoginPage key={here.kind === "account" ? here.fragment : here.kind} />;
  if (here.kind !== "room")
    return <StartPage problem={here.kind === "broken" ? text.value.linkBad[here.error] : undefined} />;
  if (!opened || opened.room.channel !== here.address.channel)
    return <Arrival key={here.address.channel} here={here} />;
  const state = opened.state.value;
  if (state.kind === "refused" && !opened.wasJoined.value) {
    return (
      <DoorPage
        key={`${here.address.channel} refused`}
        address={opened.room.address}
        mode={here.mode}
        refusal={state.refusal}
        pass={opened.pass}
      />
    );
  }
  return <RoomPage key={opened.room.channel} opened={opened} />;
}

/** A link was opened: straight in when nothing has to be asked. */
function Arrival({ here }: { here: Route & { kind: "room" } }) {
  const [left, setLeft] = useState<Partial<RoomAddress> | "none">();
  const { channel } = here.address;
  const before = known(channel);
  const mode = here.mode === "unsaid" && before ? (before.encrypted ? "encrypted" : "plain") : here.mode;
  const encrypted = mode === "encrypted" || before?.encrypted === true;
  const address = {
    ...(encrypted && left !== "none" ? left : {}),
    ...(encrypted ? held.get(channel) : {}),
    ...here.address,
    encrypted,
    ...(before?.compat ? { compat: true } : {}),
    ...(before?.title && !here.address.title ? { title: before.title } : {}),
    ...(before?.remembered && encrypted ? { remember: true } : {}),
  };
  const opens = encrypted
    ? (address.key ?? address.passphrase) !== undefined || before?.remembered === true
    : before?.encrypted === false;
  const straight = opens && lastNick.value !== "";
  const asks = !opens && encrypted && left === undefined;
  useEffect(() => {
    if (asks) void leftInTab(channel).then((found) => setLeft(found ?? "none"));
    else if (straight) void enter(address, lastNick.value);
  }, [left]);
  if ((asks || straight) && !incomplete.value) return null;
  return <DoorPage address={address} mode={encrypted ? "encrypted" : mode} />;
}

function useTitle(): void {
  const opened = session.value;
  const name = opened && (opened.title.value ?? (opened.room.encrypted ? undefined : opened.room.channel));
  const unread = opened ? opened.unread.value + opened.knocks.value.length : 0;
  const title = `${unread > 0 ? `(${unread}) ` : ""}${name ? `${name} · ` : ""}HCChat`;
  useEffect(() => {
    document.title = title;
  }, [title]);
}
