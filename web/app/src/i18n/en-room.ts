import type { Translated } from "./en.ts";

/** What is read in a room; fetched with it. `zh-room.ts` has the same shape, or it does not compile. */
export const enRoom = {
  // Room
  joining: "Joining…",
  deriving: "Making the key from the passphrase…",
  derivingHint: "A few seconds; this is what makes guessing slow.",
  encrypted: "End-to-end encrypted",
  compatMark: "HChat compatibility",
  notEncrypted: "Not encrypted",
  people: (n: number) => (n === 1 ? "1 person" : `${n} people`),
  peopleTitle: "People",
  share: "Share",
  call: "Call",
  you: "you",
  bot: "bot",
  moderator: "moderator",
  owner: "owner",
  manage: "Manage",
  toComposer: "Skip to message field",
  messages: "Messages",

  // Timeline
  emptyTitle: "Nobody has said anything yet",
  emptyAlone: "You are the first one here. Share the link to bring others in.",
  emptyOthers: "Messages are not kept: you see what is said from now on.",
  today: "Today",
  yesterday: "Yesterday",
  joined: (who: string) => `${who} joined`,
  left: (who: string) => `${who} left`,
  returned: (who: string) => `${who} left and came back`,
  renamed: (from: string, to: string) => `${from} is now ${to}`,
  more: (n: number) => `and ${n} more`,
  missing: (n: number, who: string) =>
    n === 1 ? `1 message of ${who} is missing` : `${n} messages of ${who} are missing`,
  invite: (who: string) => `${who} invites you to`,
  whisperFrom: (who: string) => `${who} whispers to you`,
  whisperTo: (who: string) => `You whisper to ${who}`,
  newMessages: "New messages",
  jump: "Jump to latest",
  jumpNew: (n: number) => (n === 1 ? "1 new message" : `${n} new messages`),
  sending: "Sending",
  sent: "Sent",
  failed: "Not sent.",
  failedWhy: (why: string) => `Not sent: ${why}`,
  retry: "Try again",
  showAll: "Show all",
  showLess: "Show less",
  forged: "Not encrypted: may be forged by the server",
  claimed: (nick: string) => `The server calls this sender “${nick}”`,
  writtenTo: (nick: string) => `This was written to “${nick}”`,
  verified: "Verified",
  doubtful: "Doubtful",
  notSigned: (who: string) => `Not signed, although ${who} signs. Whoever has the room’s key could have written this.`,
  otherKey: (who: string) => `This is not the identity key that ${who} had.`,
  check: "Check",
  about: (who: string) => `About ${who}`,
  claimedTime: (time: string) => `sent at ${time} by the sender’s clock`,

  edited: "edited",
  deletedByAuthor: "This message was deleted.",
  removedByModerator: "Removed by a moderator, says the server.",
  reactions: "Reactions",
  deliveredTo: (who: string) => `Delivered to ${who}`,
  readBy: (who: string) => `Read by ${who}`,
  discard: "Delete",
  quoteEarlier: "An earlier message",
  quoteLost: "This message is not there any more.",
  inReplyTo: "In reply to",
  historyStart: "History begins here.",
  loading: "Loading…",
  loadOlder: "Load older messages",
  loadMissing: "Load them",
  missingSome: "Messages may be missing here.",
  missingCount: (n: number) => (n === 1 ? "1 event is missing here." : `${n} events are missing here.`),
  missingGone: "The server no longer has them.",
  timerSet: (who: string, time: string) => `${who} set messages to disappear after ${time}`,
  timerOff: (who: string) => `${who} set messages to stay`,
  undoneForbidden: "The server did not take the change: it no longer knows you as the author.",
  undone: (why: string) => `A change was not accepted and taken back: ${why}`,

  // Actions
  actions: "Actions for this message",
  replyingTo: (who: string) => `Reply to ${who}:`,
  editing: "Editing:",
  cancel: "Cancel",

  // History and search
  roomMenu: "Room menu",
  keptNothing:
    "The server writes nothing of this room to disk. The newest 256 messages stay in its memory for up to five minutes, for people who have just come or lost the connection.",
  keptSealed: (days: number, count: string) =>
    `The server keeps the encrypted messages for ${days === 1 ? "1 day" : `${days} days`}, the newest ${count}.`,
  keptPlain: (days: number, count: string) =>
    `The server keeps all messages for ${days === 1 ? "1 day" : `${days} days`}, the newest ${count}, readable for it.`,
  unsentNeedsKey:
    "If you close this page, what is unsent goes out when you open the room here again with its link or passphrase.",
  timerIs: (time: string) => `Messages disappear after ${time}`,
  search: "Search",
  stalled: {
    storage_full: "The server’s disk is full. Your messages wait here and go out as soon as it has space.",
    slow: "This room is slow. Your message waits here and goes out by itself.",
    unavailable: "The server cannot take messages at the moment. Yours wait here and go out by themselves.",
  } as Record<string, string>,

  // Composer
  messageTo: (room: string) => `Message ${room}`,
  send: "Send",
  attach: "Attach",
  voice: "Voice message",
  whisperOnly: (who: string) => `Only ${who} will see this`,
  typing1: (a: string) => `${a} is typing`,
  typing2: (a: string, b: string) => `${a} and ${b} are typing`,
  typingMany: "Several people are typing",
  unknownCommand: (name: string) => `There is no command /${name}. To send it as text, begin with //.`,
  commandNeeds: (usage: string) => `Write it like this: ${usage}`,
  noSuchPerson: (nick: string) => `There is nobody called ${nick} here.`,

  // Connection
  slowed: "A little too fast for the server. This passes by itself.",
  lost: "Connection lost.",
  unreachable: "Cannot reach the server.",
  restarting: "The server is restarting.",
  retryIn: (seconds: number) => `Trying again in ${seconds} s`,
  retryNow: "Try now",
  connecting: "Connecting…",

  // Sharing
  shareTitle: "Invite people",

  // Encryption details
  mention: "Mention",
  whisper: "Whisper",
};

export type RoomMessages = Translated<typeof enRoom>;
