-- applied: the mode and days that a list's rows were last brought in line with. What the settings say now is what is read; the rows
-- follow piece by piece. A list whose channel is empty is nobody's any more: its rows go, piece by piece too.
ALTER TABLE rooms ADD COLUMN applied TEXT;

-- Where a session is, a row each, so that a room that is closed is in none of them. Sessions from before are not carried over: their
-- clients join again, and know where they stood.
DELETE FROM tokens;
DELETE FROM sessions;
ALTER TABLE sessions DROP COLUMN seats;
CREATE TABLE seats (
  session TEXT NOT NULL,
  channel TEXT NOT NULL,
  nick TEXT NOT NULL,
  trip TEXT NOT NULL,
  color TEXT,
  PRIMARY KEY (session, channel)
);
CREATE INDEX seats_channel ON seats (channel);
