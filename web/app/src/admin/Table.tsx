import type { ComponentChildren } from "preact";
import { useId, useState } from "preact/hooks";
import { number, text } from "./text.ts";

/** Rows on one page. */
const pageSize = 50;

/** One column. */
export interface Column<Row> {
  label: string;
  show: (row: Row) => ComponentChildren;
}

interface Props<Row> {
  /** What the rows are, for screen readers. */
  caption: string;
  rows: readonly Row[];
  columns: readonly Column<Row>[];
  /** Names a row. */
  keyOf: (row: Row) => string;
  /** What the search looks into. */
  wordsOf: (row: Row) => string;
  empty: string;
  acts?: (row: Row) => ComponentChildren;
}

/** A list with a search and pages. On a narrow screen each row is a card, and stays a row for screen readers. */
export function Table<Row>({ caption, rows, columns, keyOf, wordsOf, empty, acts }: Props<Row>) {
  const t = text.value;
  const id = useId();
  const [search, setSearch] = useState("");
  const [page, setPage] = useState(0);
  const words = search.trim().toLocaleLowerCase();
  const found = words ? rows.filter((row) => wordsOf(row).toLocaleLowerCase().includes(words)) : rows;
  const last = Math.max(0, Math.ceil(found.length / pageSize) - 1);
  const current = Math.min(page, last);
  const shown = found.slice(current * pageSize, (current + 1) * pageSize);
  const from = current * pageSize + 1;
  return (
    <>
      <div class="table-tools">
        <label for={id}>{t.search}</label>
        <div class="input">
          <input
            id={id}
            type="search"
            value={search}
            autoComplete="off"
            onInput={(event) => {
              setSearch(event.currentTarget.value);
              setPage(0);
            }}
          />
        </div>
        <p class="muted" role="status">
          {found.length === 0 ? "" : t.range(number(from), number(from + shown.length - 1), number(found.length))}
        </p>
      </div>
      {shown.length === 0 ? (
        <p class="nothing muted">{words ? t.nothingFound : empty}</p>
      ) : (
        // Not a <table>: where its rows are shown as cards, some browsers would no longer take it for one.
        <div role="table" aria-label={caption} class="table">
          <div role="rowgroup" class="table-head">
            <div role="row">
              {columns.map(({ label }) => (
                <span key={label} role="columnheader">
                  {label}
                </span>
              ))}
              {acts && (
                <span role="columnheader">
                  <span class="visually-hidden">{t.acts}</span>
                </span>
              )}
            </div>
          </div>
          <div role="rowgroup" class="table-rows">
            {shown.map((row) => (
              <div key={keyOf(row)} role="row">
                {columns.map(({ label, show }) => (
                  <div key={label} role="cell">
                    <span class="cell-label" aria-hidden="true">
                      {label}
                    </span>
                    <span>{show(row)}</span>
                  </div>
                ))}
                {acts && (
                  <div role="cell" class="row-acts">
                    {acts(row)}
                  </div>
                )}
              </div>
            ))}
          </div>
        </div>
      )}
      {last > 0 && (
        <nav class="pages" aria-label={t.pages}>
          <button type="button" class="secondary" disabled={current === 0} onClick={() => setPage(current - 1)}>
            {t.previous}
          </button>
          <button type="button" class="secondary" disabled={current === last} onClick={() => setPage(current + 1)}>
            {t.next}
          </button>
        </nav>
      )}
    </>
  );
}
