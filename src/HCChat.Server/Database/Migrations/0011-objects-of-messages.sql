-- Whose an object is. room, epoch, seq: the place of its message, where that is kept. mid, sender, expires: the message that is not kept, and the object's own end, ms since 1970.
-- state also: 3 removed, and to be removed once more when no address to put it to is good any more.
ALTER TABLE attachments ADD COLUMN room BIGINT;
ALTER TABLE attachments ADD COLUMN epoch BIGINT;
ALTER TABLE attachments ADD COLUMN seq BIGINT;
ALTER TABLE attachments ADD COLUMN mid TEXT;
ALTER TABLE attachments ADD COLUMN sender TEXT;
ALTER TABLE attachments ADD COLUMN expires BIGINT;
CREATE INDEX attachments_message ON attachments (room, epoch, seq) WHERE room IS NOT NULL;
CREATE INDEX attachments_expires ON attachments (expires) WHERE expires IS NOT NULL;
