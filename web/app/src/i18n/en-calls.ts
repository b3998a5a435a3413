import type { Translated } from "./en.ts";

/** What is read where there are calls; fetched with them. `zh-calls.ts` has the same shape. */
export const enCalls = {
  // In the timeline
  lineRunning: "A call is going on",
  lineMissed: "Missed call",
  lineOwn: "You started a call",
  lineBegan: (who: string) => `${who} started a call`,

  // On the way in
  rings: (who: string) => `${who} is calling`,
  running: "A call is going on.",
  inIt: (who: string) => `In it: ${who}`,
  doubtful: "Signed with another key than before: this may be somebody else.",
  unbelieved:
    "The server tells of a call that does not open with this room’s key, or is an old one. It is not joined. If it goes on, tell the others and begin a new call later.",
  join: "Join",
  decline: "Decline",
  dismiss: "Dismiss",
  joinTitle: "Join the call",
  callTitle: "Call everybody here",
  begin: "Call",
  entering: "Connecting…",
  enteringAgain: "Connecting takes longer than usual. Trying again…",
  again: "Try again",
  ringing: "Ring when somebody calls",
  withMicrophone: "Microphone on",
  withCamera: "Camera on",
  encryptedHint:
    "Sound and pictures are encrypted on your device with keys made of the room’s key. The server forwards what it cannot open; it sees who is in the call, and when somebody speaks.",
  keysHint:
    "The keys of a call change every 8 hours and when somebody is put out of the room. That does not shut out anybody who knows the room’s key or passphrase: only a new room does.",
  preview: "How you look to the others",
  level: "Level",
  test: "Test devices and connection",
  testing: "looking…",

  // Where there is none
  noKeyTitle: "No calls in this room",
  noKey:
    "Calls are end-to-end encrypted, with keys made of the room’s key. This room keeps to what other programs understand and has no key for calls. Make an encrypted room to call.",

  // Devices
  devicesTitle: "Devices",
  microphone: "Microphone",
  camera: "Camera",
  speaker: "Speaker",
  quiet: "Take background noise out",
  pushToTalk: "Push to talk: heard only while the space bar is held",
  devices: {
    denied: "The browser does not allow it. Allow it in the address bar, then try again.",
    none: "There is none.",
    busy: "Another program uses it, or it does not answer.",
    insecure: "Browsers give it only to pages over https, or on localhost.",
  },

  // In the call
  call: "Call",
  encrypted: "End-to-end encrypted call",
  people: (n: number) => (n === 1 ? "Only you" : `${n} in the call`),
  silenced: "Somebody who keeps order has muted you. Only you can switch the microphone on again.",
  holdSpace: "Hold space to talk",
  you: "You",
  screenOf: (who: string) => `${who}’s screen`,
  pictureOf: (who: string) => `Picture: ${who}`,
  isMuted: ", muted",
  isSpeaking: ", speaking",
  more: (who: string) => `About ${who}`,
  mute: "Mute for everybody",
  putOut: "Put out of the call",
  volumeOf: (who: string) => `How loud ${who} is for you`,
  percent: (n: string) => `${n} percent`,
  controls: "Controls of the call",
  microphoneOn: "Switch the microphone on",
  microphoneOff: "Switch the microphone off",
  cameraOn: "Switch the camera on",
  cameraOff: "Switch the camera off",
  screen: "Show screen",
  screenOn: "Show your screen, with its sound where the browser gives it",
  screenOff: "Stop showing your screen",
  speakerView: "Who speaks large",
  gridView: "All alike",
  floating: "Small window over all others",
  larger: "Larger",
  smaller: "Smaller",
  leave: "Leave",
  states: {
    connecting: "Connecting…",
    reconnecting: "The connection to the call is lost. Coming back…",
  },
  troubles: {
    key: (who: string) => `Waiting for the key of ${who}`,
    cannot: (who: string) => `Cannot decrypt ${who}`,
    clear: (who: string) => `${who} is not encrypted, and not played`,
  },
  paused: "Picture paused: the connection is slow",
  qualities: {
    poor: "Bad connection",
    lost: "No connection",
  },
  told: {
    came: (who: string) => `${who} joined the call`,
    went: (who: string) => `${who} left the call`,
    in: () => "You are in the call. Your microphone is on.",
    inMuted: () => "You are in the call. Your microphone is off.",
  },

  // The test
  steps: {
    microphone: "Microphone",
    camera: "Camera",
    encryption: "Encryption",
    server: "Server of the calls",
    media: "Sound and pictures",
    relay: "Relay",
  },
  outcomes: {
    good: "works",
    denied: "the browser does not allow it; allow it in the address bar",
    none: "there is none",
    busy: "another program uses it, or it does not answer",
    insecure: "browsers give it only over https, or on localhost",
    unsupported: "this browser cannot encrypt calls; a current Chrome, Edge, Firefox or Safari can",
    unreachable: "cannot be reached; a firewall or proxy may be in the way",
    no_seat: "it gives no seat at present",
    by_udp: "works by UDP, the best way",
    by_tcp: "works by TCP; UDP is blocked, so sound may stutter when much is lost",
    by_relay: "works by way of a relay",
    no_relay: "the operator has none; it is needed only where UDP and TCP are both blocked",
    relay_fails: "does not answer, or refuses; tell the operator",
    skipped: "not tried",
  },

  /** Words of refusals. */
  problems: {
    call_running: "There is a call already.",
    no_calls: "There are no calls on this server.",
    calls_away: "The server of the calls does not answer. Try again in a moment.",
    overloaded: "There are as many people in calls as the server takes.",
    call_failed: "The call could not be joined.",
    call_unbelieved: "That call could not be opened with this room’s key.",
    call_unreachable: "The server of the calls cannot be reached from here. The test below says what is in the way.",
    call_put_out: "Somebody who keeps order put you out of the call. You may come back.",
    call_elsewhere: "You came into the call from another place.",
    call_lost: "The connection to the call was lost.",
    no_call_encryption:
      "This browser cannot encrypt calls, so nothing was sent. A current Chrome, Edge, Firefox or Safari can.",
    cannot_microphone: "The microphone cannot be used. The browser may not allow it, or there is none.",
    cannot_camera: "The camera cannot be used. The browser may not allow it, or there is none.",
    cannot_speaker: "That speaker cannot be used.",
    cannot_moderate: "That could not be done. Try again in a moment.",
    cannot_screen: "The screen cannot be shown.",
    cannot_not_encrypted: "The server takes what you send for not encrypted, so it was stopped.",
  },
};

export type CallsMessages = Translated<typeof enCalls>;
