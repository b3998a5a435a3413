/** What is read before a room is entered, and why one was not let in. `zh.ts` has the same shape, or it does not compile. */
export const en = {
  language: "English",
  tagline: "Private rooms, encrypted on your device.",

  // Start page
  newRoom: "New room",
  openRoom: "Open a room",
  roomTitle: "Title",
  roomTitleHint: "Only people in the room see it, never the server.",
  optional: "optional",
  roomOrLink: "Room name or link",
  roomOrLinkHint: "Paste an invitation link, or type the name you agreed on.",
  passphrase: "Passphrase",
  passphraseHint: "Everybody in the room uses the same one. It never leaves this device.",
  passphraseWeak: "Easy to guess for whoever has the messages. Longer is safer: about six words.",
  showPassphrase: "Show passphrase",
  hidePassphrase: "Hide passphrase",
  keyOrPassphrase: "Link or passphrase",
  nick: "Your name",
  tripAdd: "Add a trip password",
  trip: "Trip password",
  tripHint:
    "Gives you a code beside your name that others can recognise. It goes to the server and has nothing to do with the encryption.",
  remember: "Remember on this device",
  rememberHint: "Keeps the key where no script can read it out. Do not tick on a shared computer.",
  create: "Create room",
  open: "Open room",
  openPlain: "Open without encryption",
  compatibility: "Other clients",
  modeEncrypted: "Encrypted",
  modeEncryptedHint: "The default.",
  modeCompat: "HChat compatibility",
  modeCompatHint:
    "An older encryption that the HChat app reads. Its passphrase is easier to guess: use one of its own.",
  modePlain: "Without encryption, for hack.chat clients",
  modePlainHint: "The server and everybody on the way can read what is said.",
  recent: "Recent rooms",
  recentHint: "Kept on this device only.",
  forget: (room: string) => `Forget ${room}`,
  forgetThis: "Take it off this device",
  remembered: "key remembered",
  plainShort: "not encrypted",
  forgets:
    "This browser lets this page keep nothing. It works while it is open; when it is closed or reloaded, your rooms, their keys, your name and what is not sent yet are forgotten.",
  insecure:
    "This page was not loaded over HTTPS, so the browser switches encryption off. Use https:// or http://localhost.",
  incomplete: "A part of this page could not be loaded. Check the connection and reload the page.",
  back: "Back",

  // Room opened by link
  invited: "You are invited to this room.",
  needSecret: "This device does not have the key of this room. Open its full link, or enter the passphrase.",
  linkBad: {
    not_a_link: "This link does not lead to a room.",
    bad_channel: "The room name in this link is damaged.",
    bad_key: "The key in this link is damaged. Copy the whole link and try again.",
    bad_salt: "This link is damaged. Copy the whole link and try again.",
    bad_invite: "The invitation in this link is damaged. Copy the whole link and try again.",
  },
  unsaidMode: "This link does not say how the room is protected.",

  // Fields gone wrong
  nickMissing: "Choose a name.",
  nickBad: "Up to 24 letters, digits, emoji or “_”, without blanks.",
  roomMissing: "Enter a room name or paste a link.",
  roomTooLong: "Room names have at most 120 characters.",
  passphraseMissing: "Enter the passphrase, or paste the link that carries the key.",
  linkOtherRoom: "This link leads to another room.",
  linkNoKey: "This link carries no key. Paste the one with the key, or enter the passphrase.",
  notEncryptedHint: "The server and everybody on the way can read this room.",
  settings: "Settings",
  untitled: "Untitled room",
  refusedTitle: "The room could not be opened",

  // Settings, help
  languageLabel: "Language",
  languageAuto: "Auto",
  theme: "Appearance",
  themeSystem: "Auto",
  themeLight: "Light",
  themeDark: "Dark",
  close: "Close",

  /** By the stable word of a refusal; other words fall back to the server's sentence. */
  refusals: {
    offline: "There is no connection.",
    timeout: "The server did not answer in time.",
    left: "You have left this room.",
    removed: "You were removed from this room.",
    room_closed: "This room was closed.",
    slow: "This room is slow: wait a moment between messages.",
    login_required: "Only people with an account come in here.",
    too_many: "There are as many of these as there may be.",
    bad_channel: "The server does not accept this room name.",
    empty: "There is nothing to send.",
    too_long: "This is too long. Send it in parts.",
    no_such_member: "This person is no longer here.",
    no_key: "The key of this room is not known on this device.",
    no_argon2: "This browser cannot make a key from a passphrase.",
    salt_changed:
      "The server’s salt for this room has changed. This can be a mistake of its operator, or an attempt to mislead you. Ask for a fresh link.",
    was_encrypted:
      "This room was encrypted when you were here before, so it is not opened unencrypted. Take it off this device first if you mean to.",
    E_FORMAT: "This passphrase is empty.",
    insecure_context: "Encryption works only over https or on localhost.",
    E_RESOURCE: "This device has too little memory to make a key from a passphrase. Ask for a link with the key.",
    nick_taken: "Somebody in the room has this name already. It may be you, in another tab.",
    nick_invalid: "Up to 24 letters, digits, emoji or “_”, without blanks.",
    channel_invalid: "The server does not accept this room name.",
    channel_too_long: "Room names have at most 120 characters.",
    banned: "You are banned from this room. A ban ends by itself; who keeps order there can lift it.",
    locked: "The room is locked.",
    captcha: "This room asks a question that this client cannot show yet.",
    proof_of_work:
      "So many people are coming in at once that this room takes no newcomers from this device. Try again in a few minutes.",
    too_many_rooms: "You are in too many rooms. Leave one first.",
    color_invalid: "A colour is written with 3 or 6 hex digits, like a1b2c3.",
    unknown_user: "This person is no longer here.",
    not_in_room: "You have left this room.",
    rate: "Too fast. Wait a moment.",
    rate_join: "Too many visits in a short time. Wait a moment.",
    rate_nick: "Too fast. Wait a moment.",
    rate_color: "Too fast. Wait a moment.",
    rate_command: "Too fast. Wait a moment.",
    limited: "The server is holding you back for a while: too much came from your address.",
    not_yours: "Only its author can change a message.",
    not_found: "This message is not there any more.",
    other_key: "It was encrypted with another key, so nobody here could read it.",
    object_gone: "Its files are not on the server any more. Send them again.",
    storage_full: "The server’s disk is full.",
    conflict: "The server refused it as a repetition.",
    too_big: "This is too long. Send it in parts.",
    unavailable: "The server is busy. Try again soon.",
    forbidden: "You are not allowed to do this.",
  } as Record<string, string>,
};

/** The same keys and the same kinds of values, in another language. */
export type Translated<T> = {
  [K in keyof T]: T[K] extends string
    ? string
    : T[K] extends (...args: infer A) => string
      ? (...args: A) => string
      : { [P in keyof T[K]]: T[K][P] };
};

export type Messages = Translated<typeof en>;
