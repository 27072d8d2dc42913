import { expect, test } from "vitest";
import { newCallId } from "../../../src/main/db/call-ids.ts";
import { ShownProgress } from "../../../src/main/inference/shown-progress.ts";
import type { ShownSoFar } from "../../../src/main/db/queries/shown-so-far.ts";

/** A running call whose every token takes some milliseconds; what was saved of it. */
function shownOver(tokens: number, msAToken: number): { saved: ShownSoFar[]; all: string } {
  const saved: ShownSoFar[] = [];
  let now = 0;
  const clock = { monotonicMs: () => now } as never; // nothing else is asked of it
  const never = () => Promise.reject(new Error("not asked for"));
  const log = { begin: never, finish: never, saveShown: (shown: ShownSoFar) => void saved.push(shown) };
  const progress = new ShownProgress(log, clock, newCallId());
  let all = "";
  for (let index = 0; index < tokens; index += 1) {
    now += msAToken;
    all += "and on ";
    progress.shown({ type: "token", text: "and on " });
  }
  return { saved, all };
}

test("what a call has shown is saved while it runs, at most half a second behind", () => {
  const { saved, all } = shownOver(100, 50);
  expect(saved.length).toBeGreaterThanOrEqual(12);
  expect(all.startsWith(saved.at(-1)?.response ?? "nothing")).toBe(true);
  expect(all.length - (saved.at(-1)?.response.length ?? 0)).toBeLessThanOrEqual(8 * "and on ".length);
});

test("what saving writes stays in proportion to what a call shows, however long that becomes", () => {
  const written = (tokens: number) => {
    const { saved, all } = shownOver(tokens, 1);
    return saved.reduce((sum, { response }) => sum + response.length, 0) / all.length;
  };
  expect(written(80_000)).toBeLessThan(60);
});
