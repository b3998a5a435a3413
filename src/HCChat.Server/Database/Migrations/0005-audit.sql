-- What operators have done, and what people have reported. Times are ms since 1970. No content, ever.
CREATE TABLE audit (
  id TEXT NOT NULL PRIMARY KEY,
  time BIGINT NOT NULL,
  actor TEXT NOT NULL,
  act TEXT NOT NULL,
  subject TEXT NOT NULL
);
CREATE INDEX audit_time ON audit (time);
CREATE TABLE reports (
  id TEXT NOT NULL PRIMARY KEY,
  time BIGINT NOT NULL,
  channel TEXT NOT NULL,
  mid TEXT,
  reason TEXT NOT NULL,
  reporter TEXT NOT NULL,
  done BIGINT NOT NULL
);
CREATE INDEX reports_time ON reports (done, time);
