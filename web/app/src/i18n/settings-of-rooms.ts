import type { Translated } from "./en.ts";

/** What is read where a room is set up; fetched with the dialog, and too little to be fetched by language. */
export const enRoomSettings = {
  seenSealed: "Whoever has the key or the passphrase, now or later, can read what is kept.",
  seenPlain: "Whoever knows the room’s name can read what is kept.",
  deviceKeepsNot: "On this device: only what waits to be sent, encrypted.",
  tabKeeps: "In this tab, encrypted, until you leave the room: what opens it, so that a reload asks for nothing.",
  kept: "What the server keeps",
  modes: {
    off: "Nothing",
    encrypted: "Encrypted messages only",
    on: "Everything, also what it can read",
  },
  days: "Days",
  count: "Messages at most",
  save: "Save",
  saved: "Saved.",
  notYours: "This room belongs to somebody: only its owners can change this.",
  notModerator: "Only moderators can change this, or its owners once the room belongs to somebody.",
  claim: "Claim this room",
  claimHint:
    "Only whoever opened a new room can claim it. It then belongs to your identity key, which this device proves to the server in this room; or to your trip password, if you entered with one.",
  close: "Close this room",
  closeSure:
    "Everything of this room that is on the server is deleted for everybody, and everybody is put out. This cannot be undone.",
  closeNow: "Delete everything",
  problems: {
    bad_payload: "The server does not take these values. It allows less.",
    no_identity: "There is neither an identity key nor a trip password to know this person by.",
    not_new: "Only whoever opened a new room can claim it.",
    claimed: "This room belongs to somebody already.",
    last_owner: "A room that belongs to somebody keeps an owner.",
    bad_signature: "The server did not accept the proof of your key.",
    bad_token: "The server does not accept this token any more. Log in again.",
  } as Record<string, string>,
};

export const zhRoomSettings: Translated<typeof enRoomSettings> = {
  seenSealed: "现在或将来得到密钥或口令的人，都能阅读所保存的内容。",
  seenPlain: "知道房间名的人都能阅读所保存的内容。",
  deviceKeepsNot: "这台设备上：只有等待发送的内容，并且是加密的。",
  tabKeeps: "在此标签页中，直到你离开房间：打开房间所需的密钥或口令（已加密），因此刷新页面时无需再次输入。",
  kept: "服务器保存的内容",
  modes: {
    off: "不保存",
    encrypted: "只保存加密的消息",
    on: "全部保存，包括服务器能读到的",
  },
  days: "天数",
  count: "最多消息数",
  save: "保存",
  saved: "已保存。",
  notYours: "这个房间有主人，只有房主可以更改。",
  notModerator: "只有管理员可以更改；房间有主人之后，只有房主可以更改。",
  claim: "认领这个房间",
  claimHint:
    "只有新房间的开启者可以认领。房间将归你的身份密钥所有，这台设备会在这个房间里向服务器证明它；如果你用识别密码进入，则归该密码所有。",
  close: "关闭这个房间",
  closeSure: "服务器上这个房间的所有内容将为所有人删除，所有人都会离开房间。此操作无法撤销。",
  closeNow: "全部删除",
  problems: {
    bad_payload: "服务器不接受这些数值，允许的范围更小。",
    no_identity: "没有可以认出此人的身份密钥或识别密码。",
    not_new: "只有新房间的开启者可以认领。",
    claimed: "这个房间已经有主人了。",
    last_owner: "有主人的房间至少要保留一位房主。",
    bad_signature: "服务器没有接受你的密钥证明。",
    bad_token: "服务器不再接受这个令牌，请重新登录。",
  },
};
