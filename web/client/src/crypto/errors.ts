/** The closed set of reasons why something encrypted cannot be read or made (e2ee §8). */
export type CryptoErrorCode =
  | "E_PLAIN"
  | "E_FORMAT"
  | "E_PAD"
  | "E_VERSION"
  | "E_ALG"
  | "E_KEY_UNKNOWN"
  | "E_AUTH"
  | "E_REPLAY"
  | "E_TRUNCATED"
  | "E_TRAILING"
  | "E_LIMIT"
  | "E_RESOURCE";

/** Thrown by everything in crypto/. Carries a code and nothing secret. */
export class CryptoError extends Error {
  readonly code: CryptoErrorCode;

  constructor(code: CryptoErrorCode) {
    super(code);
    this.name = "CryptoError";
    this.code = code;
  }
}
