import { afterEach, expect, test, vi } from "vitest";
import { put } from "../src/files/put.ts";

/** As far as an upload goes by it. */
class Request {
  static last: Request;
  upload: { onprogress?(event: { loaded: number }): void; onload?(): void } = {};
  status = 0;
  onloadend = () => {};
  constructor() {
    Request.last = this;
  }
  open() {}
  send() {}
  abort() {
    this.onloadend();
  }
}

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function begin() {
  vi.useFakeTimers();
  vi.stubGlobal("XMLHttpRequest", Request);
  const watch = { progress: () => {}, signal: new AbortController().signal };
  const done = put("http://store/a", new Blob([new Uint8Array(1_600_000)]), {}, watch);
  const settled = vi.fn();
  void done.then(settled);
  return { done, settled };
}

test("an upload that stands still for a minute is taken for lost", async () => {
  const { settled } = begin();
  Request.last.upload.onprogress!({ loaded: 9 });
  await vi.advanceTimersByTimeAsync(59_000);
  expect(settled).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(2_000);
  expect(settled).toHaveBeenCalledWith(0);
});

test("what was taken all at once, and is passed on slowly, has its time until it is answered", async () => {
  const { done, settled } = begin();
  Request.last.upload.onprogress!({ loaded: 1_600_000 });
  Request.last.upload.onload!();
  await vi.advanceTimersByTimeAsync(150_000);
  expect(settled).not.toHaveBeenCalled();
  Request.last.status = 200;
  Request.last.onloadend();
  expect(await done).toBe(200);
});

test("it is taken for lost then, too, when no answer comes", async () => {
  const { settled } = begin();
  Request.last.upload.onload!();
  await vi.advanceTimersByTimeAsync(161_000);
  expect(settled).toHaveBeenCalledWith(0);
});
