import { useEffect, useRef, useState } from "preact/hooks";
import type { OpenRoom } from "../store/openRoom.ts";
import { text } from "../store/settings.ts";
import { Banners } from "./Banners.tsx";
import { Composer, type ComposerHandle } from "./Composer.tsx";
import { EncryptionDialog } from "./EncryptionDialog.tsx";
import { Ended } from "./Ended.tsx";
import { HelpDialog } from "./HelpDialog.tsx";
import { PeopleDrawer, PeoplePanel } from "./People.tsx";
import { RoomHeader, type Panel } from "./RoomHeader.tsx";
import { SettingsDialog } from "./SettingsDialog.tsx";
import { ShareDialog } from "./ShareDialog.tsx";
import { Timeline } from "./Timeline.tsx";
import { useMedia } from "./useMedia.ts";
import "./RoomPage.css";

/** A room one is in. */
export function RoomPage({ opened }: { opened: OpenRoom }) {
  const t = text.value;
  const wide = useMedia("(min-width: 56rem)");
  const [panel, setPanel] = useState<Panel>();
  const composer = useRef<ComposerHandle>(null);
  const close = () => setPanel(undefined);
  const over = opened.connection.value.kind === "closed";

  useEffect(() => {
    if (!opened.helpWanted.value) return;
    opened.helpWanted.value = false;
    setPanel("help");
  }, [opened.helpWanted.value]);

  const insert = (typed: string) => {
    close();
    // After the drawer has given the focus back.
    queueMicrotask(() => composer.current?.insert(typed));
  };

  return (
    <div class={opened.room.encrypted ? "room" : "room plain"}>
      <button type="button" class="skip" onClick={() => composer.current?.focus()}>
        {t.toComposer}
      </button>
      <RoomHeader opened={opened} onPanel={setPanel} wide={wide} />
      <main>
        <Banners opened={opened} />
        <Timeline opened={opened} onShare={() => setPanel("share")} />
        {over ? <Ended opened={opened} /> : <Composer opened={opened} handle={composer} />}
      </main>
      {wide && <PeoplePanel opened={opened} onInsert={insert} />}
      {panel === "people" && !wide && <PeopleDrawer opened={opened} onInsert={insert} onClose={close} />}
      {panel === "share" && <ShareDialog opened={opened} onClose={close} />}
      {panel === "encryption" && <EncryptionDialog opened={opened} onClose={close} />}
      {panel === "settings" && <SettingsDialog onClose={close} />}
      {panel === "help" && <HelpDialog onClose={close} />}
    </div>
  );
}
