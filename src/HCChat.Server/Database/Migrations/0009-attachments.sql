-- Objects in the store that belong to a room. state: 0 on its way, 1 complete, 2 to be removed. upload: of an upload in parts, with the size of its parts.
-- owner: an identity or a session; address: a keyed hash. Times are ms since 1970.
CREATE TABLE attachments (
  id TEXT NOT NULL PRIMARY KEY,
  channel TEXT NOT NULL,
  object TEXT NOT NULL UNIQUE,
  bytes BIGINT NOT NULL,
  sha256 TEXT,
  upload TEXT,
  part BIGINT NOT NULL,
  owner TEXT NOT NULL,
  address TEXT NOT NULL,
  state BIGINT NOT NULL,
  created BIGINT NOT NULL
);
CREATE INDEX attachments_channel ON attachments (channel, state);
CREATE INDEX attachments_owner ON attachments (owner, created);
CREATE INDEX attachments_address ON attachments (address, created);
CREATE INDEX attachments_state ON attachments (state, created);
