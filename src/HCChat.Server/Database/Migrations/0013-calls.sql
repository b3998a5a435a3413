-- Which message began a call that a LiveKit server has: by the place of the message, which is where all are kept.
CREATE TABLE calls (channel TEXT PRIMARY KEY, epoch TEXT NOT NULL, seq BIGINT NOT NULL);
