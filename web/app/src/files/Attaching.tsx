import { useEffect } from "preact/hooks";
import type { OpenRoom } from "../store/openRoom.ts";
import { text } from "../store/filesText.ts";
import { Dialog } from "../ui/Dialog.tsx";
import { Icon } from "../ui/Icon.tsx";
import { Menu, type MenuItem } from "../ui/Menu.tsx";
import { focusField } from "./focusField.ts";
import { drawings } from "./icons.ts";
import { pickFiles, type PickKind } from "./pick.ts";
import { Tray } from "./Tray.tsx";
import { VoiceRecorder } from "./VoiceRecorder.tsx";
import "./files.css";
import "./attaching.css";

/** What stands above the field while files are chosen or words are recorded. */
export function Attaching({ opened }: { opened: OpenRoom }) {
  const { choosing } = opened;
  const open = choosing.open.value;
  const dragged = choosing.dragged.value;
  const refused = whyNot(opened);
  useEffect(() => {
    if (!refused) opened.room.files.prepare();
  }, [opened]);
  const close = () => {
    if (choosing.open.peek() === open) choosing.open.value = undefined;
  };
  // What was dropped or pasted where it cannot go is not kept: the dialog says why.
  const lost = refused !== undefined && choosing.picked.value.length > 0;
  const end = () => {
    if (lost) choosing.picked.value = [];
    close();
  };
  return (
    <>
      {refused !== undefined && (open || lost) && (
        <Dialog title={text.value.plainTitle} onClose={end}>
          <p>{refused}</p>
        </Dialog>
      )}
      {!refused && open?.kind === "menu" && <AttachMenu opened={opened} anchor={open.anchor} onClose={close} />}
      {!refused && open?.kind === "voice" && <VoiceRecorder key={opened.room.channel} opened={opened} onEnd={close} />}
      {!lost && choosing.picked.value.length > 0 && <Tray choosing={choosing} />}
      {dragged && !refused && <DropSign />}
    </>
  );
}

/** Why no file can be sent here, if none can. */
function whyNot({ room }: OpenRoom): string | undefined {
  if (!room.encrypted) return text.value.plainHint;
  return room.address.compat ? text.value.compatHint : undefined;
}

function AttachMenu({ opened, anchor, onClose }: { opened: OpenRoom; anchor: HTMLElement; onClose: () => void }) {
  const t = text.value;
  const pick = (kind: PickKind) => () =>
    void pickFiles(kind).then((picked) => {
      opened.choosing.add(picked);
      focusField();
    });
  const items: MenuItem[] = [
    { icon: { path: drawings.picture }, label: t.photoOrVideo, onSelect: pick("media") },
    { icon: { path: drawings.file }, label: t.file, onSelect: pick("file") },
  ];
  // Elsewhere it would be the same as choosing a photo.
  if (matchMedia("(pointer: coarse)").matches) {
    items.push({ icon: { path: drawings.camera }, label: t.camera, onSelect: pick("camera") });
  }
  return <Menu anchor={anchor} label={t.chooseTitle} items={items} onClose={onClose} />;
}

/** Lies over the room while files are dragged there. */
function DropSign() {
  const t = text.value;
  return (
    <div class="drop-sign">
      <p>
        <Icon path={drawings.save} />
        <strong>{t.drop}</strong>
        <span class="hint">{t.dropHint}</span>
      </p>
    </div>
  );
}
