import type { Refusal, RoomAddress } from "@hcchat/client";
import { known } from "../store/recent.ts";
import { forget, leave } from "../store/session.ts";
import { text } from "../store/settings.ts";
import { fetchDoor } from "../owned/fetchDoor.ts";
import { displayName } from "./displayName.ts";
import { Forgetful } from "./Forgetful.tsx";
import { lazy } from "./lazy.tsx";
import { OpenRoomForm } from "./OpenRoomForm.tsx";
import { Sheet } from "./Sheet.tsx";

const ShutDoor = lazy(fetchDoor);

interface Props {
  address: RoomAddress;
  mode: "encrypted" | "plain" | "unsaid";
  refusal?: Refusal;
  pass?: string | undefined;
}

/** Before a room whose link was opened: asks for what is missing, or says why it did not open. */
export function DoorPage({ address, mode, refusal, pass }: Props) {
  const t = text.value;
  const before = known(address.channel);
  const name = displayName({ ...(before?.title ? { title: before.title } : {}), ...address });
  const missing = mode === "encrypted" && !address.key && address.passphrase === undefined && !address.remember;
  const shut = refusal?.code === "locked";
  const told = shut || (refusal && /nick/.test(refusal.code)); // where it belongs
  return (
    <Sheet heading={name} lead={refusal ? t.refusedTitle : before ? undefined : t.invited}>
      {refusal && !told && (
        <p class="note danger" role="alert">
          {t.refusals[refusal.code] ?? refusal.text}
        </p>
      )}
      {refusal?.code === "was_encrypted" && (
        <button type="button" class="secondary centered" onClick={() => void forget(address.channel).then(leave)}>
          {t.forgetThis}
        </button>
      )}
      {!refusal && missing && <p class="note">{t.needSecret}</p>}
      {!refusal && mode === "unsaid" && <p class="note">{t.unsaidMode}</p>}
      <Forgetful />
      {shut ? (
        <ShutDoor address={address} pass={pass} />
      ) : (
        <div class="card">
          <OpenRoomForm address={address} mode={mode} pass={pass} {...(refusal ? { refusal } : {})} />
        </div>
      )}
      <button type="button" class="quiet-button centered" onClick={leave}>
        {t.back}
      </button>
    </Sheet>
  );
}
