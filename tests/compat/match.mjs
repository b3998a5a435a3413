// Compares what a server sent with what was expected. An expected member may be a value, a predicate or a regular
// expression; members that the expectation does not name are free; `undefined` says that the member must be absent.
import assert from "node:assert/strict";

/** Returns null when `actual` is as expected, else the path and the reason of the first difference. */
export function difference(expected, actual, path = "$") {
  const got = JSON.stringify(actual);
  if (typeof expected === "function")
    return expected(actual) ? null : `${path}: ${expected.what ?? expected} refuses ${got}`;
  if (expected instanceof RegExp)
    return typeof actual === "string" && expected.test(actual) ? null : `${path}: ${expected} refuses ${got}`;
  if (Array.isArray(expected)) {
    if (!Array.isArray(actual) || actual.length !== expected.length)
      return `${path}: expected ${expected.length} items, got ${got}`;
    return firstOf(expected.map((item, index) => difference(item, actual[index], `${path}[${index}]`)));
  }
  if (expected !== null && typeof expected === "object") {
    if (actual === null || typeof actual !== "object") return `${path}: expected an object, got ${got}`;
    return firstOf(Object.keys(expected).map((key) => difference(expected[key], actual[key], `${path}.${key}`)));
  }
  return Object.is(expected, actual) ? null : `${path}: expected ${JSON.stringify(expected)}, got ${got}`;
}

const firstOf = (differences) => differences.find((one) => one !== null) ?? null;

/** Asserts that the frames are exactly these, in this order. */
export function assertFrames(actual, expected, message = "") {
  assert.equal(difference(expected, actual), null, message);
}

/** Asserts one frame. */
export function assertFrame(actual, expected, message = "") {
  assert.equal(difference(expected, actual), null, message);
}

const named = (what, test) => Object.assign(test, { what });

export const epochMs = named(
  "a time in ms near now",
  (value) => Number.isInteger(value) && Math.abs(value - Date.now()) < 600_000,
);
export const nonEmpty = named("a non-empty string", (value) => typeof value === "string" && value.length > 0);
export const anyString = named("a string", (value) => typeof value === "string");
export const hash15 = named("a hash of 15 characters", (value) => typeof value === "string" && value.length === 15);
export const color = named("six hex digits or false", (value) => value === false || /^[0-9a-f]{6}$/.test(value));
export const userid = named("a userid", (value) => Number.isInteger(value) && value >= 0 && value <= 9_999_999_999_998);
export const messageId = named(
  "hack.chat's message id",
  (value) => Number.isInteger(value) && value >= 1 && value <= 999_999,
);
export const integer = named("an integer ≥ 0", (value) => Number.isInteger(value) && value >= 0);
