-- People whom the operator knows. fold: the name without regard to case. Times are ms since 1970.
CREATE TABLE accounts (
  id TEXT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  fold TEXT NOT NULL UNIQUE,
  password TEXT NOT NULL,
  operator BIGINT NOT NULL,
  disabled BIGINT NOT NULL,
  created BIGINT NOT NULL
);

-- Refresh tokens (hashed), each good once. A family comes from one login; a token that comes a second time ends it.
CREATE TABLE refreshes (
  hash TEXT NOT NULL PRIMARY KEY,
  family TEXT NOT NULL,
  account TEXT NOT NULL,
  used BIGINT NOT NULL,
  expires BIGINT NOT NULL
);
CREATE INDEX refreshes_family ON refreshes (family);
CREATE INDEX refreshes_account ON refreshes (account);

-- Invitations to make an account (hashed), each good once.
CREATE TABLE account_invites (
  hash TEXT NOT NULL PRIMARY KEY,
  expires BIGINT NOT NULL
);

ALTER TABLE sessions ADD COLUMN account TEXT;
