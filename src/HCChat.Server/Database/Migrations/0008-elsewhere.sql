-- Who logs in elsewhere, by OpenID Connect: an account for each subject of an issuer.
CREATE TABLE account_logins (
  issuer TEXT NOT NULL,
  subject TEXT NOT NULL,
  account TEXT NOT NULL,
  PRIMARY KEY (issuer, subject)
);
