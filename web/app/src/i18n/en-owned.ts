import type { Translated } from "./en.ts";

/** What is read at the door of a room that belongs to somebody, and by those who keep order in it; fetched with that. `zh-owned.ts` has the same shape. */
export const enOwned = {
  // At the door
  shut: "This door is shut.",
  shutHint: "The room does not say why. Any of these may open it.",
  didNotOpen: "That did not open it.",
  inviteSpent: "The invitation did not open it: it may be used up, revoked or too old.",
  password: "Room password",
  passwordHint: "The server checks it. It decrypts nothing.",
  passwordMissing: "Enter the password of the room.",
  enter: "Enter",
  haveInvitation: "I have an invitation",
  invitation: "Invitation link",
  invitationBad: "This is no invitation to this room.",
  haveRole: "I belong to this room",
  haveRoleHint:
    "If a role was given to the identity key of this device, show that key to the server. It then knows in which rooms you are.",
  showKey: "Show my key",
  knock: "Knock",
  knockHint: "Those who keep order inside see your name and what you write here. The server can read it.",
  knockText: "Who you are",
  knocking: "You have knocked. This page goes in by itself when somebody opens.",
  knockingHint:
    "Nobody may be there, or the room may take no knocks: you are not told. You knock again every half minute.",
  goAway: "Stop knocking",

  // Somebody knocks
  knocks: (who: string) => `${who} knocks`,
  knocksSays: (text: string) => `“${text}”`,
  letIn: "Let in",
  turnAway: "Turn away",
  letInWho: (who: string) => `Let in: ${who}`,
  shutOut: "Ban for a day",
  shutOutWho: (who: string) => `Turn away and ban for a day: ${who}`,
  turnAwayWho: (who: string) => `Turn away: ${who}`,
  byKey: (key: string) => `Key ${key}`,
  byTrip: (trip: string) => `Trip code ${trip}`,
  byAccount: "An account",
  putOut: (by: string, who: string) => `${by} put ${who} out`,
  banned: (by: string, who: string, until: string) => `${by} banned ${who} until ${until}`,
  muted: (by: string, who: string, until: string) => `${by} muted ${who} until ${until}`,

  // The room's settings
  settings: "Room settings",
  tabs: { door: "Room", people: "Roles", invitations: "Invites", bans: "Bans" },
  whose: "Whose it is",
  nobodys: "This room belongs to nobody. Anybody who knows its name can enter.",
  yours: "This room is yours: you decide about it.",
  youModerate: "This room belongs to somebody, and you are a moderator.",
  others: "This room belongs to somebody.",
  haveRoleHere: "Do you have a role here? Then show your identity key to the server.",
  noRole: "Your key has no role here.",
  access: "Who may enter",
  accesses: {
    open: "Everybody",
    invite: "Members, and whoever has an invitation",
    locked: "Members only",
  },
  passwordOpens: "Everybody who knows the password, and members",
  knocksTaken: "Those outside may knock",
  passwordIs: "The room has a password. It counts while everybody may enter.",
  passwordNone: "The room has no password.",
  passwordNew: "New password",
  passwordSet: "Set password",
  passwordRemove: "Remove password",
  pace: "Slow mode",
  paceOff: "Off",
  paceEvery: (time: string) => `One message every ${time}`,
  paceHint: "Counts for everybody but owners and moderators.",
  motd: "Message of the day",
  motdHint: "Shown to whoever enters. The server can read it, also in an encrypted room.",
  motdSave: "Save message",
  listed: "On the public list",
  listedHint: "While somebody is in it, everybody sees the room’s name on the wire and how many are in it.",
  raid: "Slow newcomers down",
  raidHint:
    "Whoever is new here has their device work for a moment before it is let in, which stops crowds of machines. In a raid this begins by itself.",
  raidedNow: "So many are coming that this is on at present, by itself.",
  done: "Done.",
  giveBack: "Give the room back",
  giveBackSure: "It belongs to nobody then: roles, invitations, bans and all that is set here are gone. Messages stay.",
  giveBackNow: "Give back",

  // Roles
  roles: { owner: "Owner", moderator: "Moderator", member: "Member", none: "No role" },
  rolesHint: "Owners decide everything. Moderators keep order and invite. Members enter whatever the door says.",
  roleOf: (who: string) => `Role of ${who}`,
  you: "you",
  away: "not here now",
  give: "Give a role",
  givePerson: "Somebody who is here",
  giveRole: "Role",
  choose: "Choose…",
  nobodyHere: "Everybody here has a role, or you are alone.",
  unproven: (who: string) =>
    `Done, by the key that signs what ${who} says. It counts as soon as ${who} shows that key to the server: under Room settings, “Show my key”.`,
  tellThem: (who: string) => `Tell ${who}`,
  tellText: (role: string) => `You have a role here now (${role}). To use it: Room settings, “Show my key”.`,

  // Invitations
  inviteMake: "Make an invitation",
  inviteFor: "Good for",
  inviteUses: "How often",
  once: "Once",
  times: (n: string) => `${n} times`,
  inviteLink: "Invitation link",
  inviteLinkKey:
    "It opens the door and carries the room’s key. It is shown only now: send it over a channel you trust.",
  inviteLinkNoKey:
    "It opens the door, and is shown only now. It does not carry the key: people need the link with the key or the passphrase, too.",
  inviteLinkPlain: "It opens the door, and is shown only now.",
  inviteLocked: "Only members may enter at present: invitations open nothing until that is changed.",
  inviteOpen: "Everybody may enter at present, with or without an invitation.",
  invitesGood: "Invitations that are good",
  inviteLeft: (uses: string, until: string) => `${uses}, until ${until}`,
  revoke: "Revoke",
  revokeWhich: (which: string) => `Revoke: ${which}`,
  noInvites: "There are none.",

  // Bans
  bansNone: "Nobody is banned or muted.",
  bannedUntil: (until: string) => `Banned until ${until}`,
  mutedUntil: (until: string) => `Muted until ${until}`,
  pardon: "Lift",
  pardonWho: (who: string) => `Lift: ${who}`,

  // The card of a person
  order: "Keeping order",
  howLong: "For how long",
  kick: "Put out",
  kickSure: "Put out? Press again",
  ban: "Ban",
  banSure: "Ban? Press again",
  mute: "Mute",
  muteHint:
    "Put out: may come back where the door is open. Banned: by key, trip code and network address, also others at that address who have no role here. Muted: nobody hears them, and they are not told.",
  muteDone: (who: string) => `Nobody hears ${who} now.`,
  sameRank: (who: string) => `${who} has the same rank as you, or a higher one.`,

  problems: {
    forbidden: "Your role here does not allow this.",
    unknown_user: "This person is no longer here.",
    not_found: "It is not there any more, or the room belongs to nobody.",
    no_identity:
      "There is nothing to know this person by: no identity key that was shown to the server, and no trip code. Ask them to press “Show my key” in the room settings.",
    last_owner: "A room that belongs to somebody keeps an owner.",
    too_many: "There are as many of these as there may be.",
    bad_payload: "The server does not take this.",
    not_new: "Only whoever opened a new room can claim it.",
    claimed: "This room belongs to somebody already.",
    bad_signature: "The server did not accept the proof of your key.",
    insecure_context: "Keys can be used only over https or on localhost.",
    rate_invite: "Too fast. Wait a moment.",
  } as Record<string, string>,
};

export type OwnedMessages = Translated<typeof enOwned>;
