import type { Refusal } from "@hcchat/client";

/** What calls here refuse themselves; its words are among the texts about calls, or in the general ones. */
export function refuse(code: string): { ok: false; refusal: Refusal } {
  return { ok: false, refusal: { code, text: code } };
}
