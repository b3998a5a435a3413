-- gone: the seat was taken from the session, which is told when it comes back.
ALTER TABLE seats ADD COLUMN gone BIGINT NOT NULL DEFAULT 0;
