-- claim: SHA-256 of the secret by which an upload is taken up again. asked: when addresses for it were last given out, ms since 1970.
ALTER TABLE attachments ADD COLUMN claim TEXT;
ALTER TABLE attachments ADD COLUMN asked BIGINT NOT NULL DEFAULT 0;
UPDATE attachments SET asked = created;
