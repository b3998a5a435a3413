import type { ComponentChildren, RefObject } from "preact";
import { useEffect, useId, useImperativeHandle, useLayoutEffect, useRef, useState } from "preact/hooks";
import { whisperTarget } from "../store/commands.ts";
import { draft, dropEarly, keepDraft, keepEarly, takeEarly } from "../store/drafts.ts";
import type { OpenRoom, Problem } from "../store/openRoom.ts";
import { leave } from "../store/session.ts";
import { text } from "../store/roomText.ts";
import { AttachButton, Attaching, submitFiles } from "./Attach.tsx";
import { Icon } from "./Icon.tsx";
import { roomName } from "./RoomHeader.tsx";
import { TypingLine } from "./TypingLine.tsx";
import { WritingStrip } from "./WritingStrip.tsx";
import "./Composer.css";

export interface ComposerHandle {
  focus(): void;
  /** Puts text at the caret: a mention, or the beginning of a whisper. */
  insert(typed: string): void;
}

/** Where one writes. Enter sends, Shift+Enter makes a new line, and an input method's Enter does neither. */
export function Composer({ opened, handle }: { opened: OpenRoom; handle: RefObject<ComposerHandle | null> }) {
  const t = text.value;
  const { channel } = opened.room;
  const { choosing } = opened;
  const area = useRef<HTMLTextAreaElement>(null);
  const [typed, setTyped] = useState(() => takeEarly(channel));
  const [problem, setProblem] = useState<string>();
  const problemId = useId();
  const ready = opened.wasJoined.value;

  const write = (value: string) => {
    if (opened.writing.peek()?.kind !== "edit") keepDraft(channel, value);
    setTyped(value);
    setProblem(undefined);
  };

  const writing = opened.writing.value;
  const started = useRef(writing);
  useLayoutEffect(() => {
    // The text of an edited message stands in the field while it is edited, and what stood there before comes back.
    const before = started.current;
    started.current = writing;
    if (writing?.kind === "edit") setTyped(writing.message.text);
    else if (before?.kind === "edit") setTyped(draft(channel));
    if (writing) area.current?.focus();
  }, [writing]);
  const cancel = () => (opened.writing.value = undefined);

  useHandle(handle, area, channel, write);
  useEffect(() => {
    // On a phone this would raise the keyboard over a room that one has not seen yet.
    setProblem(undefined);
    if (ready) dropEarly(channel);
    if (ready && matchMedia("(pointer: fine)").matches) area.current?.focus();
  }, [ready]);

  const send = async () => {
    const edit = writing?.kind === "edit";
    const files = !edit && choosing.picked.peek().length > 0;
    if (typed.trim() === "" && !files) return;
    if (!files && /^\/leave\s*$/i.test(typed)) {
      write("");
      return leave();
    }
    let sent = typed;
    if (edit && sent === writing.message.text) return cancel();
    if (!edit) write("");
    const wrong = files ? await submitFiles(opened, sent, () => (sent = "")) : await opened.submit(sent);
    if (!wrong) {
      // Nothing is sealed without the key: until then it is kept as a draft, too, in case that one does not get in.
      if (opened.room.encrypted && !files && !opened.wasJoined.peek()) keepEarly(channel, sent);
      return;
    }
    if (edit) return setProblem(problemText(wrong));
    // Nothing typed is lost: it comes back, before what stands there by now.
    if (sent !== "") write([sent, draft(channel)].filter((text) => text !== "").join("\n"));
    setProblem(problemText(wrong));
  };

  const changed = (value: string) => {
    write(value);
    if (value.trim() !== "" && !value.startsWith("/")) opened.room.sendTyping();
  };

  const special = (event: KeyboardEvent) => {
    if (event.key === "Escape" && writing) cancel();
    else if (event.key === "ArrowUp" && typed === "" && !writing) {
      const message = opened.lastEditable();
      if (!message) return;
      opened.writing.value = { kind: "edit", message };
    } else return;
    event.preventDefault();
  };

  return (
    <div class="composer">
      <TypingLine opened={opened} />
      <p id={problemId} class="problem" role="alert">
        {problem}
      </p>
      <Attaching opened={opened} />
      <ComposerBox
        area={area}
        typed={typed}
        label={t.messageTo(roomName(opened))}
        describedBy={problemId}
        canSend={typed.trim() !== "" || choosing.picked.value.length > 0}
        onInput={changed}
        onSend={() => void send()}
        onKey={special}
        button={(kind) => (
          <AttachButton
            choosing={choosing}
            kind={kind}
            disabled={!ready}
            onOffline={() => setProblem(t.refusals["offline"])}
          />
        )}
      >
        {writing && <WritingStrip writing={writing} onCancel={cancel} />}
      </ComposerBox>
    </div>
  );
}

interface BoxProps {
  area: RefObject<HTMLTextAreaElement | null>;
  typed: string;
  label: string;
  describedBy: string;
  canSend: boolean;
  onInput: (value: string) => void;
  onSend: () => void;
  /** Keys that do something besides writing. */
  onKey: (event: KeyboardEvent) => void;
  /** Opens what can be sent besides text. */
  button: (kind: "menu" | "voice") => ComponentChildren;
  children: ComponentChildren;
}

/** The field that grows with what is typed, and its button. */
function ComposerBox({ area, typed, label, describedBy, canSend, onInput, onSend, onKey, button, children }: BoxProps) {
  const t = text.value;
  const target = whisperTarget(typed);

  useLayoutEffect(() => {
    const el = area.current!;
    const form = el.form!;
    // The form keeps its height while the field is measured, so that the timeline above does not move for a moment.
    form.style.minHeight = `${form.offsetHeight}px`;
    el.style.height = "auto";
    el.style.height = `${el.scrollHeight}px`;
    form.style.minHeight = "";
  }, [typed]);

  const keyDown = (event: KeyboardEvent) => {
    // 229: Safari ends a composition before it reports the Enter that ended it.
    if (event.isComposing || event.keyCode === 229) return;
    if (event.key !== "Enter" || event.shiftKey) return onKey(event);
    event.preventDefault();
    onSend();
  };
  const submit = (event: Event) => {
    event.preventDefault();
    onSend();
  };

  return (
    <form class={target ? "composer-box private" : "composer-box"} onSubmit={submit}>
      {children}
      {target && (
        <p class="whisper-mark">
          <Icon name="whisper" />
          {t.whisperOnly(target)}
        </p>
      )}
      {button("menu")}
      <textarea
        ref={area}
        rows={1}
        value={typed}
        dir="auto"
        aria-label={label}
        placeholder={label}
        aria-describedby={describedBy}
        enterkeyhint="send"
        onInput={(event) => onInput(event.currentTarget.value)}
        onKeyDown={keyDown}
      />
      {button("voice")}
      <button type="submit" class="send" aria-label={t.send} title={t.send} disabled={!canSend}>
        <Icon name="send" />
      </button>
    </form>
  );
}

/** What the rest of the room may do with the field. */
function useHandle(
  handle: RefObject<ComposerHandle | null>,
  area: RefObject<HTMLTextAreaElement | null>,
  channel: string,
  write: (value: string) => void,
): void {
  useImperativeHandle(handle, () => ({
    focus: () => area.current?.focus(),
    insert: (words) => {
      const el = area.current!;
      const now = draft(channel);
      const whisper = words.startsWith("/");
      const at = whisper ? 0 : el.selectionStart;
      const value = whisper
        ? words + now.replace(/^\/(w|whisper)\s+\S+\s*/i, "")
        : now.slice(0, at) + words + now.slice(at);
      write(value);
      el.value = value;
      el.focus();
      el.setSelectionRange(at + words.length, at + words.length);
    },
  }));
}

/** How the commands are written. */
const usages = { me: "/me …", whisper: "/whisper @… …", nick: "/nick …", color: "/color a1b2c3" };

function problemText(problem: Problem): string {
  const t = text.value;
  switch (problem.kind) {
    case "refused":
      return t.refusals[problem.refusal.code] ?? problem.refusal.text;
    case "nobody":
      return t.noSuchPerson(problem.nick);
    case "unknown":
      return t.unknownCommand(problem.name);
    case "incomplete":
      return t.commandNeeds(usages[problem.usage]);
    case "said":
      return problem.text;
    default:
      return "";
  }
}
