/** The worker behind `argon2idInWorker`: one question, one answer. */
import type { Answer, Question } from "./argon2.ts";
import { argon2id } from "./sodium.ts";

declare const self: DedicatedWorkerGlobalScope;

self.onmessage = async (event: MessageEvent<Question>) => {
  let answer: Answer;
  try {
    answer = { root: await argon2id(event.data.password, event.data.salt) };
  } catch {
    answer = { failed: true };
  }
  self.postMessage(answer);
};
