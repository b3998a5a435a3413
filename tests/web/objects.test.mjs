// Files by the library that the page has, in a real browser with the page's policy: what the user interface shows of them is tried elsewhere.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as web from "./harness.mjs";

/** Bytes of the large file: three parts. */
const large = 20_000_000;
const canary = "canary-film-海边";

describe("files", () => {
  const set = web.stage();

  test("go past the server to the store, come back whole, and play by ranges while they are encrypted", async () => {
    const [ann, bob] = await people();
    const puts = [];
    ann.on("request", (request) => request.method() === "PUT" && puts.push(request));
    const key = await ann.evaluate(
      ([size, name]) => {
        const film = { blob: new Blob([window.film(size)]), name: `${name}.mp4`, mime: "video/mp4" };
        const note = { blob: new Blob([window.film(3_000)]), name: "note.txt", mime: "text/plain" };
        return window.room.files.send([film, note], "look").value;
      },
      [large, canary],
    );
    await bob.waitForFunction((wanted) => window.find(wanted)?.files, key);
    for (const put of puts) {
      assert.ok(new URL(put.url()).pathname.startsWith("/hc-attachments/o/"), put.url());
      assert.ok(!put.url().includes("canary"));
    }
    assert.equal(puts.length, 4);
    const [opened, saved] = await bob.evaluate(async (wanted) => {
      const { files } = window.find(wanted);
      const note = await window.room.files.open(files[1], wanted);
      const film = await window.room.files.save(files[0], wanted);
      return [await window.isFilm(note.value, 3_000), await window.isFilm(film.value, 20_000_000)];
    }, key);
    assert.deepEqual([opened, saved], [true, true]);
    const played = await bob.evaluate(async (wanted) => {
      const play = () => window.room.files.play(window.find(wanted).files[0], wanted);
      let playing = await play();
      // On a busy machine a service worker may take longer than a person would wait.
      while (playing.refusal?.code === "no_service_worker") playing = await play();
      if (!playing.ok) return playing.refusal;
      const { url, close } = playing.value;
      const headers = { Range: "bytes=12345678-12445677" };
      const part = await fetch(url, { headers });
      const expected = window.film(20_000_000).subarray(12_345_678, 12_445_678);
      const got = new Uint8Array(await part.arrayBuffer());
      const isSame = got.length === expected.length && got.every((byte, i) => byte === expected[i]);
      const whole = await fetch(url);
      const isWhole = await window.isFilm(await whole.blob(), 20_000_000);
      close();
      const scripts = [part.headers.get("Content-Security-Policy"), part.headers.get("Content-Type")];
      return { status: part.status, isSame, isWhole, scripts };
    }, key);
    const scripts = ["sandbox; default-src 'none'", "video/mp4"];
    assert.deepEqual(played, { status: 206, isSame: true, isWhole: true, scripts });
    const cached = await bob.evaluate(() => caches.keys());
    assert.deepEqual(cached, []);
  });

  test("go on after a reload: what is small by itself, what is large once it is picked again", async () => {
    const [ann, bob] = await people();
    const { link, code } = await ann.evaluate(() => window.opened);
    let cut = true;
    await ann.route(/partNumber=[23]&/, (route) => (cut ? route.abort() : route.continue()));
    const key = await ann.evaluate((size) => {
      const film = { blob: new Blob([window.film(size)]), name: "film.mp4", mime: "video/mp4" };
      const note = { blob: new Blob([window.film(3_000)]), name: "note.txt", mime: "text/plain" };
      return window.room.files.send([film, note], "look").value;
    }, large);
    await ann.waitForFunction(() => {
      const states = [...window.room.files.transfers.value.values()].map(({ state }) => state);
      return states.includes("waiting") && states.includes("done");
    });
    await ann.reload();
    cut = false;
    const puts = [];
    ann.on("request", (request) => request.method() === "PUT" && puts.push(new URL(request.url()).searchParams));
    await enterByLibrary(ann, link, "Ann", code);
    await ann.waitForFunction(() =>
      [...window.room.files.transfers.value.values()].some(({ state }) => state === "lost"),
    );
    const picked = await ann.evaluate(async (size) => {
      const [lost] = [...window.room.files.transfers.value.values()].filter(({ state }) => state === "lost");
      const other = await window.room.files.pick(lost.id, new File([window.film(size - 1), "x"], "film.mp4"));
      const same = await window.room.files.pick(lost.id, new File([window.film(size)], "film.mp4"));
      return [other.refusal?.code, same.ok];
    }, large);
    assert.deepEqual(picked, ["other_file", true]);
    await bob.waitForFunction((wanted) => window.find(wanted)?.files, key);
    assert.deepEqual(puts.map((put) => put.get("partNumber")).sort(), ["2", "3"]);
    const isWhole = await bob.evaluate(async (wanted) => {
      const film = await window.room.files.save(window.find(wanted).files[0], wanted);
      return film.ok && window.isFilm(film.value, 20_000_000);
    }, key);
    assert.ok(isWhole);
    web.assertClean(ann, { lostServer: true }); // what was cut is told in the console
    web.forgive(ann);
  });

  /** Two pages whose library is in one room; on Ann's there is nothing else. */
  async function people() {
    const [ann, bob] = [await set.visitor(), await set.visitor()];
    await web.createRoom(bob, { nick: "Bob" });
    const link = await web.shareLink(bob);
    const code = await codeOf(bob);
    await enterByLibrary(bob, link, "Bob2", code);
    await ann.goto("/");
    await enterByLibrary(ann, link, "Ann", code);
    return [ann, bob];
  }
});

/** Where the page has its library from. */
const codeOf = (page) =>
  page
    .waitForFunction(() => {
      const loaded = performance.getEntriesByType("resource").map(({ name }) => name);
      return loaded.find((name) => /\/assets\/client-[\w-]{8}\.js$/.test(name));
    })
    .then((found) => found.jsonValue());

/** Goes into a room by the library: Ann as whoever she was before, others beside the page's own client. */
async function enterByLibrary(page, link, nick, code) {
  await page.evaluate(
    async ([address, name, library]) => {
      const { newClient, newClientAsBefore } = await import(library);
      const [, channel, query] = /#\/r\/([^?]+)\?(.*)$/.exec(address);
      const k = new URLSearchParams(query).get("k").replaceAll("-", "+").replaceAll("_", "/");
      const key = Uint8Array.from(atob(k), (character) => character.charCodeAt(0));
      const client = name === "Ann" ? await newClientAsBefore() : newClient();
      const room = client.join({ channel, encrypted: true, key }, name);
      await room.entered;
      Object.assign(window, {
        room,
        opened: { link: address, code: library },
        find: (wanted) => room.log.timeline.find(wanted),
        film: (size) => {
          const bytes = new Uint8Array(size);
          for (let i = 0; i < size; i++) bytes[i] = (i * 31 + (i >>> 8) * 7) & 255;
          return bytes;
        },
        isFilm: async (blob, size) => {
          const [got, expected] = [new Uint8Array(await blob.arrayBuffer()), window.film(size)];
          return got.length === size && got.every((byte, i) => byte === expected[i]);
        },
      });
    },
    [link, nick, code],
  );
}
