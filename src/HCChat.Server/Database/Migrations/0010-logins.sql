-- The login by which a session has its account: logging out ends it.
ALTER TABLE sessions ADD COLUMN login TEXT;
