import { expect, test } from "vitest";
import { Random } from "../../../../src/main/rollouts/simulation/random.ts";
import { openTraffic } from "../../../../src/main/rollouts/simulation/simulated-traffic.ts";
import { pastCall } from "../../../../src/shared/contract/rollout-simulation.ts";

const hourMs = 3_600_000;
/** A hundred sessions of two calls in each hour of two days; a token of an answer takes as many milliseconds as the hour's number and one. */
const calls = Array.from({ length: 48 * 100 * 2 }, (_, position) => {
  const session = Math.floor(position / 2);
  const hour = Math.floor(session / 100);
  const atMs = hour * hourMs + (session % 100) * 30_000 + (position % 2) * 1_000;
  return pastCall.parse({ atMs, session: `${session}`, msPerToken: (hour % 24) + 1, tokens: 10, firstTokenMs: 5 });
});

test.each([0, 9, 23])("a session that begins in hour %i is one of the past that began in it", (hour) => {
  const traffic = openTraffic({ type: "history", calls })(null);
  const random = new Random(3);
  const session = { left: 0, msPerTokenTimes: 1, firstTokenTimes: 1, position: 0 };
  const answer = { msPerToken: 0, totalMs: 0, firstTokenMs: 0, errors: 0, fallbacks: 0, violations: 0, held: false };
  for (let draw = 0; draw < 50; draw += 1) {
    traffic.open(session, "stable", random, 5 * 24 * hourMs + hour * hourMs + 60_000);
    traffic.answer(session, "stable", random, answer);
    expect([answer.msPerToken, session.left]).toEqual([hour + 1, 1]);
  }
});
