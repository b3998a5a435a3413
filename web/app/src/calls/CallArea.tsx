import { useEffect } from "preact/hooks";
import type { OpenRoom } from "../store/openRoom.ts";
import { problemOf, text } from "../store/callsText.ts";
import { Icon } from "../ui/Icon.tsx";
import { CallBanner } from "./CallBanner.tsx";
import { Calling } from "./calling.ts";
import { CallView } from "./CallView.tsx";
import { EnterDialog } from "./EnterDialog.tsx";
import { NoKeyDialog } from "./NoKeyDialog.tsx";
import "./calls.css";

/** What a room has of its call, above what is said: that it rings, the way in, and the call itself. */
export function CallArea({ opened }: { opened: OpenRoom }) {
  return opened.room.signs ? <Calls opened={opened} /> : <NoKeyDialog opened={opened} />;
}

function Calls({ opened }: { opened: OpenRoom }) {
  const calling = Calling.of(opened);
  const live = calling.live.value;
  const problem = calling.problem.value;
  const asked = opened.calling.value === "wanted";
  // Whoever leaves the room leaves its call.
  useEffect(() => () => calling.leave(), [calling]);
  return (
    <>
      {calling.refused.value && (
        <p class="banner danger" role="alert">
          <Icon name="alert" />
          {text.value.unbelieved}
        </p>
      )}
      {!live && !asked && calling.entering.value > 0 && (
        <div class="banner">
          <span role="status">{text.value.states.reconnecting}</span>
          <span class="call-choice">
            <button type="button" class="secondary" onClick={() => calling.leave()}>
              {text.value.leave}
            </button>
          </span>
        </div>
      )}
      {problem && !asked && (
        <div class="banner danger" role="alert">
          <Icon name="alert" />
          <span>{problemOf(problem)}</span>
          <span class="call-choice">
            <button type="button" class="secondary" onClick={() => calling.dismiss()}>
              {text.value.dismiss}
            </button>
            <button type="button" class="primary" onClick={() => calling.dismiss(true)}>
              {text.value.again}
            </button>
          </span>
        </div>
      )}
      {!live && <CallBanner opened={opened} calling={calling} />}
      {live && <CallView opened={opened} live={live} onLeave={() => calling.leave()} />}
      {!live && asked && <EnterDialog calling={calling} />}
    </>
  );
}
