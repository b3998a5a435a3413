-- One text for SQLite and PostgreSQL. Times are ms since 1970; names that peers chose are kept as JSON strings without quotes,
-- because PostgreSQL takes neither NUL nor lone surrogates.

-- A list of events: a room's (owner empty), or the inbox of somebody in that room. Settings that are NULL are the operator's.
CREATE TABLE rooms (
  id BIGINT NOT NULL PRIMARY KEY,
  channel TEXT NOT NULL,
  owner TEXT NOT NULL,
  mode TEXT,
  days BIGINT,
  most BIGINT,
  ttl BIGINT,
  used BIGINT NOT NULL,
  UNIQUE (channel, owner)
);

-- head: the newest number. floor: up to it the list has losses. unproven: numbers were given to events that only memory has, so after a
-- crash this epoch cannot go on.
CREATE TABLE epochs (
  room BIGINT NOT NULL,
  number BIGINT NOT NULL,
  name TEXT NOT NULL,
  head BIGINT NOT NULL,
  floor BIGINT NOT NULL,
  unproven BIGINT NOT NULL,
  PRIMARY KEY (room, number)
);

-- kind: 0 envelope, 1 text in clear, 2 neither. dies: the event's own end. expires: when the frame goes, or, once it is NULL, the row;
-- until then the row remembers the mid. body: hash of what was sent.
CREATE TABLE messages (
  room BIGINT NOT NULL,
  epoch BIGINT NOT NULL,
  seq BIGINT NOT NULL,
  kind BIGINT NOT NULL,
  time BIGINT NOT NULL,
  dies BIGINT,
  expires BIGINT NOT NULL,
  sender TEXT NOT NULL,
  trip TEXT NOT NULL,
  mid TEXT,
  body TEXT NOT NULL,
  target TEXT,
  frame TEXT,
  PRIMARY KEY (room, epoch, seq)
);
CREATE UNIQUE INDEX messages_mid ON messages (room, mid, sender);
CREATE INDEX messages_target ON messages (room, target) WHERE target IS NOT NULL;
CREATE INDEX messages_expires ON messages (expires);

-- Sessions of clients that can come back, and their tokens (hashed); number counts the tokens of a session.
CREATE TABLE sessions (
  id TEXT NOT NULL PRIMARY KEY,
  userid BIGINT NOT NULL,
  seats TEXT NOT NULL,
  expires BIGINT NOT NULL
);
CREATE INDEX sessions_expires ON sessions (expires);
CREATE TABLE tokens (
  hash TEXT NOT NULL PRIMARY KEY,
  session TEXT NOT NULL,
  number BIGINT NOT NULL
);
CREATE INDEX tokens_session ON tokens (session, number);
