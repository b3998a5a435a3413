import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { type Found, isDoubtful } from "@hcchat/client";
import type { OpenRoom } from "../store/openRoom.ts";
import { text } from "../store/dialogText.ts";
import { Dialog } from "./Dialog.tsx";
import { Excerpt } from "./Excerpt.tsx";
import { Icon } from "./Icon.tsx";
import { whenText } from "./time.ts";

/** Pages that are read at a press. */
const pagesAtOnce = 10;

/** Looks for words in what this device has read of the room, and reads further back on request. */
export function SearchPanel({ opened, onClose }: { opened: OpenRoom; onClose: () => void }) {
  const t = text.value;
  const [query, setQuery] = useState(opened.query);
  const [found, setFound] = useState<Found>();
  const [size, setSize] = useState(0);
  const [reading, setReading] = useState(false);
  const [lost, setLost] = useState(false);
  const latest = useRef(0);
  const field = useRef<HTMLInputElement>(null);
  useLayoutEffect(() => field.current!.select(), []);

  const look = async (words: string) => {
    const turn = ++latest.current;
    const start = performance.now();
    const result = await opened.room.log.search(words);
    performance.measure("hcchat search", { start });
    const searched = await opened.room.log.searchable();
    if (turn !== latest.current) return; // typed on meanwhile
    setFound(words.trim() === "" ? undefined : result);
    setSize(searched);
  };
  useEffect(() => {
    opened.query = query;
    void look(query);
  }, [query]);

  const readOn = async () => {
    setReading(true);
    for (let i = 0; i < pagesAtOnce && (await opened.readForSearch()); i++);
    await look(query);
    setReading(false);
  };
  const go = async (key: string) => {
    if (!(await opened.fetch(key))) return setLost(true);
    onClose(); // the focus goes back first, and to the message then
    opened.target.value = key;
  };

  return (
    <Dialog title={t.search} onClose={onClose} drawer>
      <input
        ref={field}
        type="search"
        class="search-field"
        aria-label={t.searchLabel}
        placeholder={t.searchLabel}
        value={query}
        dir="auto"
        onInput={(event) => setQuery(event.currentTarget.value)}
      />
      <p class="hint" role="status">
        {lost ? t.searchLost : found ? t.searchFound(found.total, size) : t.searchable(size)}
      </p>
      <ul class="search-hits">
        {found?.hits.map((hit) => (
          <li key={hit.key}>
            <button type="button" onClick={() => void go(hit.key)}>
              <span class="search-head">
                <strong dir="auto">{hit.nick}</strong>{" "}
                {isDoubtful(opened.standing({ own: false, ...hit })) && (
                  <span class="doubt" role="img" aria-label={t.doubtful} title={t.doubtful}>
                    <Icon name="alert" />
                  </span>
                )}
                <time dateTime={new Date(hit.time).toISOString()}>{whenText(hit.time)}</time>
              </span>
              <Excerpt text={hit.text} query={query} />
            </button>
          </li>
        ))}
      </ul>
      {opened.canReadForSearch() && (
        <button type="button" class="secondary" disabled={reading} onClick={() => void readOn()}>
          {reading ? t.loading : t.searchOlder}
        </button>
      )}
      {!opened.room.address.remember && opened.room.encrypted && <p class="hint">{t.searchSession}</p>}
    </Dialog>
  );
}
