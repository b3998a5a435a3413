import { useEffect, useRef, useState } from "preact/hooks";
import { fetchCalls } from "../calls/fetchCalls.ts";
import { fetchFiles } from "../files/fetchFiles.ts";
import { fetchOwned } from "../owned/fetchOwned.ts";
import type { OpenRoom } from "../store/openRoom.ts";
import { text } from "../store/roomText.ts";
import { Banners } from "./Banners.tsx";
import { Composer, type ComposerHandle } from "./Composer.tsx";
import { fetchLater } from "./fetchLater.ts";
import { lazy, whenIdle } from "./lazy.tsx";
import { outOf } from "./outOf.ts";
import { PeopleDrawer, PeoplePanel } from "./People.tsx";
import { RoomHeader, type Panel } from "./RoomHeader.tsx";
import { Timeline } from "./Timeline.tsx";
import { useMedia } from "./useMedia.ts";
import "./RoomPage.css";
// Here, because a style sheet that could not be fetched is not asked for again.
import "./Menu.css";
import "./SearchPanel.css";

// What is not needed for talking is fetched when there is nothing else to do, or when it is asked for.
const CallArea = lazy(() => fetchCalls().then((m) => m.CallArea));
const EncryptionDialog = lazy(() => fetchLater().then((m) => m.EncryptionDialog));
const Ended = lazy(() => fetchLater().then((m) => m.Ended));
const HelpDialog = lazy(() => fetchLater().then((m) => m.HelpDialog));
const HistoryDialog = lazy(() => fetchLater().then((m) => m.HistoryDialog));
const Keeping = lazy(() => fetchOwned().then((m) => m.Keeping));
const MessageMenu = lazy(() => fetchLater().then((m) => m.MessageMenu));
const PersonDialog = lazy(() => fetchLater().then((m) => m.PersonDialog));
const RoomMenu = lazy(() => fetchLater().then((m) => m.RoomMenu));
const RoomSettingsDialog = lazy(() => fetchOwned().then((m) => m.RoomSettingsDialog));
const SearchPanel = lazy(() => fetchLater().then((m) => m.SearchPanel));
const SettingsDialog = lazy(() => fetchLater().then((m) => m.SettingsDialog));
const ShareDialog = lazy(() => fetchLater().then((m) => m.ShareDialog));

/** A menu that is open: a message's, or the room's. */
interface OpenMenu {
  anchor: HTMLElement;
  message?: string;
}

/** A room one is in. */
export function RoomPage({ opened }: { opened: OpenRoom }) {
  const t = text.value;
  const wide = useMedia("(min-width: 56rem)");
  const [panel, setPanel] = useState<Panel>();
  const [menu, setMenu] = useState<OpenMenu>();
  const composer = useRef<ComposerHandle>(null);
  // A dialog that is just closing does not close the one that was opened after it.
  const closing = (which: Panel) => () => setPanel((now) => (now === which ? undefined : now));
  const over = opened.connection.value.kind === "closed" || outOf(opened.state.value) !== "closed";

  useEffect(() => {
    if (!opened.helpWanted.value) return;
    opened.helpWanted.value = false;
    setPanel("help");
  }, [opened.helpWanted.value]);

  const moderates = (opened.me.value?.level ?? 0) >= 9_999;

  useEffect(() => {
    whenIdle(async () => {
      await fetchLater();
      await fetchFiles(); // a voice is recorded when there is no connection, too, and waits for one
      opened.room.files.prepare();
    });
  }, []);

  useEffect(() => {
    const find = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== "f" || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey)
        return;
      event.preventDefault();
      setPanel("search");
    };
    addEventListener("keydown", find);
    return () => removeEventListener("keydown", find);
  }, []);

  const insert = (typed: string) => {
    setPanel(undefined);
    // After the drawer has given the focus back.
    queueMicrotask(() => composer.current?.insert(typed));
  };

  return (
    <div class={opened.room.encrypted ? "room" : "room plain"}>
      <button type="button" class="skip" onClick={() => composer.current?.focus()}>
        {t.toComposer}
      </button>
      <RoomHeader opened={opened} onPanel={setPanel} onMenu={(anchor) => setMenu({ anchor })} wide={wide} />
      <main>
        <Banners opened={opened} />
        {!over && (opened.calling.value ?? (opened.room.signs && opened.call.value)) && <CallArea opened={opened} />}
        {moderates && <Keeping opened={opened} />}
        <Timeline
          opened={opened}
          onShare={() => setPanel("share")}
          onMenu={(message, anchor) => setMenu({ message, anchor })}
        />
        {over ? <Ended opened={opened} /> : <Composer opened={opened} handle={composer} />}
        {menu && menu.message === undefined && (
          <RoomMenu anchor={menu.anchor} onPanel={setPanel} onClose={() => setMenu(undefined)} />
        )}
        {menu?.message !== undefined && (
          <MessageMenu
            key={menu.message}
            opened={opened}
            messageKey={menu.message}
            anchor={menu.anchor}
            onClose={() => setMenu(undefined)}
            onWrite={() => queueMicrotask(() => composer.current?.focus())}
            onInsert={insert}
          />
        )}
      </main>
      {wide && <PeoplePanel opened={opened} onInsert={insert} />}
      {panel === "people" && !wide && <PeopleDrawer opened={opened} onInsert={insert} onClose={closing("people")} />}
      {panel === "share" && (
        <ShareDialog opened={opened} onClose={closing("share")} onInvite={() => setPanel("invitations")} />
      )}
      {panel === "encryption" && <EncryptionDialog opened={opened} onClose={closing("encryption")} />}
      {panel === "settings" && <SettingsDialog onClose={closing("settings")} />}
      {panel === "help" && <HelpDialog onClose={closing("help")} />}
      {panel === "history" && <HistoryDialog opened={opened} onClose={closing("history")} />}
      {(panel === "room" || panel === "invitations") && (
        <RoomSettingsDialog
          opened={opened}
          begin={panel === "invitations" ? panel : "door"}
          onClose={closing(panel)}
          onInsert={insert}
        />
      )}
      {opened.person.value && <PersonDialog opened={opened} who={opened.person.value} onInsert={insert} />}
      {panel === "search" && <SearchPanel opened={opened} onClose={closing("search")} />}
    </div>
  );
}
