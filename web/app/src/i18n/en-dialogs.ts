import type { Translated } from "./en.ts";

/** What is read in menus and dialogs of a room, and in the settings; fetched with them. `zh-dialogs.ts` has the same shape, or it does not compile. */
export const enDialogs = {
  // Room
  leave: "Leave",
  roomSettings: "Room settings",

  // Actions
  react: "React",
  reply: "Reply",
  edit: "Edit",
  copyText: "Copy text",
  delete: "Delete for everybody",
  deleteSure: "Delete? Press again",

  // History and search
  history: "History",
  keptUnknown: "The server does not say what it keeps of this room.",
  seenSealed: "Whoever has the key or the passphrase, now or later, can read what is kept.",
  seenPlain: "Whoever knows the room’s name can read what is kept.",
  deviceKeeps:
    "On this device, encrypted: a search index of what you have read, what waits to be sent, and the identity keys of the people here. Taking the room off the device erases all of it.",
  deviceKeepsNot: "On this device, encrypted: only what waits to be sent, and the identity keys of the people here.",
  disappearing: "Disappearing messages",
  disappearingHint: "Counts for new messages of everybody here. Others can still copy or photograph what they see.",
  disappearingPlain: "Only moderators can change this in a room without encryption.",
  never: "Never",
  after: (time: string) => `After ${time}`,
  searchLabel: "Words or part of a word",
  searchFound: (n: number, size: number) => `${n} found, in ${size === 1 ? "1 message" : `${size} messages`}`,
  searchable: (size: number) => (size === 1 ? "1 message can be searched" : `${size} messages can be searched`),
  searchLost: "This message is not there any more.",
  searchOlder: "Search further back",
  searchSession: "The room is not remembered on this device, so the search forgets everything when the page is closed.",

  // What could not be opened
  unreadable: (n: number) => (n === 1 ? "This message could not be opened." : `${n} messages could not be opened.`),
  unreadableWhy: {
    E_PLAIN: "It was not encrypted.",
    E_FORMAT: "It arrived damaged.",
    E_PAD: "It arrived damaged.",
    E_VERSION: "It was made by a newer version. Reload the page to update.",
    E_ALG: "It was made by a newer version. Reload the page to update.",
    E_KEY_UNKNOWN: "Its sender uses another passphrase or link. Compare yours.",
    E_NOT_ENTITLED: "It was sent before you joined.",
    E_AUTH: "It was changed on the way, or locked with another key. Ask for it again.",
    E_REPLAY: "It is a repetition of an old one.",
    E_TRUNCATED: "It is incomplete. Ask for it again.",
    E_TRAILING: "It arrived damaged.",
    E_LIMIT: "It is larger than allowed.",
    E_MODE: "It was sent in the other mode (HChat compatibility or normal). Open the room in that mode to read it.",
    E_RESOURCE: "This device ran out of memory.",
  } as Record<string, string>,
  unreadableInPlain: "It is encrypted for another room or key.",

  // The session is over
  takenOver: "This session continues in another window",
  takenOverHint: "Only one window can hold it at a time.",
  kicked: "You were removed from this room",
  kickedHint: "A moderator ended your visit. If the door is open to you, you can come back.",
  comeBack: "Enter again",
  roomClosed: "This room was closed",
  roomClosedHint: "Nothing of it is left on the server.",
  forbidden: "The server does not let you in",
  forbiddenHint: "Ask whoever runs it.",
  useHere: "Continue here",
  toStart: "To the start page",

  // Wrong key
  mismatch: "Others in this room use a different passphrase",
  mismatchHint: "You cannot read one another. Check yours and try again.",
  mismatchKey: "Others in this room use a different key",
  mismatchKeyHint: "You cannot read one another. Ask for the current link and open it.",
  linkNeeded: "Paste the link that carries the key.",
  keepMine: "Keep mine",

  // Who says it
  fingerprint: "Fingerprint of the identity key",
  fingerprintKnown: (who: string) => `Fingerprint of the key that ${who} had`,
  fingerprintNew: "Fingerprint of the key of this message",
  personVerified: "Verified: you have compared this fingerprint.",
  personPinned: (who: string) =>
    `${who} has signed with this key since this device first met the name. Whether it is the person you mean, only comparing tells.`,
  personUnknown: (who: string) => `This device has read nothing here that ${who} has signed.`,
  compareHint: (who: string) =>
    `Read it to one another on the phone or face to face. ${who} finds it under Settings or by pressing the own name.`,
  verify: "It is the same: mark as verified",
  alsoKnownAs: (names: string) => `Also known as ${names}`,
  newKeyHint: (who: string) =>
    `${who} may have a new device, or somebody else uses the name. Ask ${who} in another way before you accept it.`,
  newKeyVerified: "You had compared the earlier key. The new one is not verified until you compare it, too.",
  acceptKey: "Accept new key",
  listHint: "The list of people is the server’s word. Only signed messages show who speaks.",

  // One's own identity
  yourKey: "Your identity key",
  yourKeyHint:
    "It signs what you write in encrypted rooms, so that nobody can write in your name unnoticed. This device made it; it belongs to no account.",
  yourKeyCompare: "Others compare it to be sure that it is you.",
  noKeyYet: "It is made when you first open an encrypted room.",
  carry: "Use on another device",
  carryLabel: "Identity key",
  carryWarning: "Whoever has this can speak as you. Enter it on your other device, and keep it nowhere else.",
  bring: "Bring from another device",
  bringHint:
    "It takes the place of this device’s key. Whoever knows you by that one will be warned, and rooms and roles that it has are this device’s no more.",
  bringUse: "Use this key",
  bringBad: "This is no complete identity key. It begins with hcid1- and has 54 characters.",
  forgetKey: "Forget",
  forgetKeySure: "Forget for good? Press again",
  forgetKeyHint:
    "You will have another key. Others will be warned, what you wrote you can no longer change, and rooms and roles that the key has are yours no more.",
  identityFailed: "This browser does not let the key be kept.",

  // Pictures
  pictures: "Load pictures by themselves",
  picturesOn: "On",
  picturesOff: "When asked",
  picturesHint: "Up to 10 MB, when they come into view.",

  // Keys that could not be kept
  keysUnreadable:
    "The identity keys that this device had noted here cannot be read any more. A changed key would not be noticed: compare fingerprints again.",
  keysUnkept:
    "This browser keeps nothing: identity keys are known until the page is closed, and a change will not be noticed.",
  keyLost:
    "Your identity key could not be read any more, so this device made a new one. Others will be warned that it changed.",
  beginAnew: "Begin anew",

  // Sharing
  shareShut:
    "This room is not open to everybody. Whoever has no role in it needs an invitation, besides what is below.",
  shareInvite: "Make an invitation",
  shareWith: "Link with the key",
  shareWithHint: "Whoever has this link can read the room. Send it over a channel you trust.",
  shareWithout: "Link without the key",
  shareWithoutHint: "Safe to post. People also need the key or the passphrase, told in another way.",
  sharePassphraseHint: "Safe to post. People also need the passphrase, told in another way.",
  shareKeyGone:
    "The key is kept on this device in a form that cannot be shown again. Use the link you opened the room with.",
  sharePlain: "Link to this room",
  sharePlainHint: "The room is not encrypted: anybody who knows its name can join and read.",
  shareName: "Room name, for hack.chat clients",
  copy: "Copy",
  copied: "Copied",

  // Encryption details
  detailsTitle: "Encryption",
  details:
    "Messages are encrypted on your device. The server passes them on without being able to read them. It does see the room’s name on the wire, your name here, your address, and when somebody writes.",
  detailsPlain:
    "What is written here can be read by the server, by whoever runs it, and by everybody who knows the room’s name.",
  detailsCompat:
    "This room uses the older encryption of the HChat app. Names, times and message order are not protected, and a short passphrase can be guessed.",
  code: "Room code",
  codeHint: "Read it to one another: the same code means the same key.",
  checked: {
    unknown: "Nobody else has written yet, so the key cannot be compared.",
    match: "Your key is the one the others use.",
    mismatch: "Others use a different key.",
  },
  web: "The page itself comes from the server on each visit: trust it as far as you trust who runs it.",
  helpTitle: "Commands",
  help: {
    me: ["/me waves", "say what you do"],
    whisper: ["/whisper name text", "only that person sees it"],
    nick: ["/nick name", "change your name"],
    color: ["/color a1b2c3", "change your colour, or “reset”"],
    leave: ["/leave", "leave the room"],
    help: ["/help", "show this"],
    keys: ["Enter, Shift+Enter", "send, new line"],
    edit: ["↑", "edit your last message"],
    attach: ["Ctrl+V", "attach a copied picture or file"],
    find: ["Ctrl+F", "search this room"],
    format: ["**bold** *italic* `code` > quote", "format text"],
  },
};

export type DialogMessages = Translated<typeof enDialogs>;
