-- raid: newcomers pay whether or not the room is found to be under attack.
ALTER TABLE rules ADD COLUMN raid BIGINT NOT NULL DEFAULT 0;
