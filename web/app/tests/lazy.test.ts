import { expect, test } from "vitest";
import { refetching } from "../src/ui/lazy.tsx";

test("a module that could not be fetched is asked for again", async () => {
  let tries = 0;
  const load = refetching(async () => {
    if (++tries === 1) throw new TypeError("Importing a module script failed.");
    return "module";
  });
  await expect(load()).rejects.toThrow("failed");
  expect(await load()).toBe("module");
});
