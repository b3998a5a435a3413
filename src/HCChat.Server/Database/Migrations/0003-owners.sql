-- What belongs to a room itself, there only once somebody has set something. Times are ms since 1970, slow is in seconds.
CREATE TABLE rules (
  channel TEXT NOT NULL PRIMARY KEY,
  access TEXT NOT NULL DEFAULT 'open',
  knock BIGINT NOT NULL DEFAULT 0,
  slow BIGINT NOT NULL DEFAULT 0,
  password TEXT NOT NULL DEFAULT '',
  motd TEXT,
  listed BIGINT NOT NULL DEFAULT 0
);

-- identity: "key:" and a fingerprint, or "trip:" and a trip code.
CREATE TABLE roles (
  channel TEXT NOT NULL,
  identity TEXT NOT NULL,
  role TEXT NOT NULL,
  PRIMARY KEY (channel, identity)
);
CREATE INDEX roles_identity ON roles (identity, role);

-- subjects: whom it is about, separated by blanks. muted: may listen, but is not heard.
CREATE TABLE bans (
  channel TEXT NOT NULL,
  id TEXT NOT NULL,
  subjects TEXT NOT NULL,
  nick TEXT NOT NULL,
  muted BIGINT NOT NULL,
  expires BIGINT NOT NULL,
  PRIMARY KEY (channel, id)
);

-- hash: of the secret that opens the room; uses: how often it still does.
CREATE TABLE invites (
  hash TEXT NOT NULL PRIMARY KEY,
  channel TEXT NOT NULL,
  id TEXT NOT NULL,
  uses BIGINT NOT NULL,
  expires BIGINT NOT NULL
);
CREATE INDEX invites_channel ON invites (channel);

-- admitted: let in by an invitation or a password, and so again when the session comes back. identity: the key that was proven.
ALTER TABLE seats ADD COLUMN admitted BIGINT NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN identity TEXT;
