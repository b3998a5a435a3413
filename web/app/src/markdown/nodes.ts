/** What a message body becomes: plain data, from which the view makes elements. There is no markup string anywhere. */
export type Inline =
  | string
  | { t: "break" }
  | { t: "code"; text: string }
  | { t: "strong" | "em" | "del"; children: Inline[] }
  | { t: "link"; href: string; children: Inline[] }
  | { t: "mention"; nick: string }
  | { t: "room"; channel: string };

export type Block =
  | { t: "p"; children: Inline[] }
  | { t: "pre"; text: string; lang: string }
  | { t: "quote"; children: Block[] }
  | { t: "ul"; items: Inline[][] }
  | { t: "ol"; start: number; items: Inline[][] };

/** Choices of the reader, not of the sender. */
export interface MarkdownOptions {
  /** `?room` becomes a link to that room; only in plain rooms, where hack.chat's people write so. */
  roomLinks?: boolean;
}
