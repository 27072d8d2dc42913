import { answer, baseErrorShare, baseViolationShare, busyAt, Chance } from "./rollout-world.ts";

/** The traffic of the plan form, in the world of the evaluation. */
export function loadOf(callsPerSession: number, betweenSessions: number) {
  return {
    type: "load" as const,
    callsPerHour: 50,
    callsPerSession,
    betweenSessions,
    stable: {
      msPerToken: { median: 30 },
      firstTokenMs: { median: 400 },
      errorShare: baseErrorShare,
      violationShare: baseViolationShare,
    },
  };
}

/** What a log would hold of the stable version: sessions one after another, enough of them to have their share of what is rare. */
export function pastSessions(icc: number, swing = 1) {
  const chance = new Chance(77);
  const calls = [];
  let atMs = 0;
  for (let session = 0; calls.length < 100_000; session += 1) {
    const z = chance.normal();
    do {
      const { errors, violations, msPerToken, firstTokenMs, totalMs } = answer(
        chance,
        { times: busyAt(atMs, swing) },
        { z, icc },
      );
      const tokens = msPerToken === undefined ? 0 : Math.max(1, Math.round((totalMs - firstTokenMs) / msPerToken));
      const figures = msPerToken === undefined ? {} : { msPerToken, firstTokenMs, tokens };
      calls.push({
        atMs: Math.round(atMs),
        session: `${session}`,
        error: errors > 0,
        violation: violations > 0,
        ...figures,
      });
      atMs += 72_000 / busyAt(atMs, swing);
    } while (chance.next() >= 1 / 8);
  }
  return { type: "history" as const, calls };
}
