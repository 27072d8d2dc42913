import type { StableRecord } from "../../../shared/contract/rollout-status.ts";
import type { SafeguardBreach } from "../../../shared/contract/rollout-waiting.ts";
import type { CallFailureFlags } from "./call-metrics.ts";
import { rateEvidence } from "./rate-evidence.ts";

/** The chance that any of the three is called worse and is not, over the whole rollout. */
const alpha = 0.01;
/** What counts as the stable version's before it has any record: as if this share of `assumedCalls` calls had been events. */
const assumedShare = 0.02;
const assumedCalls = 50;
/** Tolerated however seldom the stable version fails: nobody takes a version back for less. */
const leastShare = { errors: 0.02, held: 0.02, critical: 0.005 } as const;

type Watched = keyof typeof leastShare;
const watched: readonly Watched[] = ["critical", "held", "errors"];
/** What of an ended call is watched. */
type WatchedCall = Pick<CallFailureFlags, "error" | "held" | "critical">;
type Counts = Record<Watched | "calls", number>;

/**
 * What watches over a candidate in every plan, whatever else the plan says: its calls that failed, its answers that were held
 * back, and those with a critical finding, each against what the stable version had before the rollout and has beside it.
 *
 * The tolerated share p is the greater of the stable version's over all its calls, with 50 calls of 2 % taken as known and twice
 * the spread of what was counted added (a short record may have missed what is usual), of its share beside the candidate alone, and of a floor. The wager is `rateEvidence` against p, over the calls of the candidate; a
 * third of alpha, 0.01, is each one's, so that the candidate is taken back at 300. A version of which every answer is held back
 * comes there with the fourth answer where p is 2 %, and with the ninth where it is half. Since p only uses the stable
 * version's calls, it can be looked at as often as one likes; it is right as far as its record says what it would do now.
 */
export class Safeguard {
  readonly #before: StableRecord;
  readonly #beside: Counts = { calls: 0, errors: 0, held: 0, critical: 0 };
  readonly #candidate: Counts = { calls: 0, errors: 0, held: 0, critical: 0 };

  /** `before`: what the log has of the stable version until the rollout began; null where it has nothing. */
  constructor(before: StableRecord | null) {
    this.#before = before ?? { calls: 0, errors: 0, held: 0, critical: 0 };
  }

  stable(call: WatchedCall): void {
    count(this.#beside, call);
  }

  candidate(call: WatchedCall): void {
    count(this.#candidate, call);
  }

  /** The worst that was shown; null while nothing was. */
  get breach(): SafeguardBreach | null {
    for (const what of watched) {
      const events = this.#candidate[what];
      const { calls } = this.#candidate;
      const tolerated = this.#tolerated(what);
      // Where nearly every call of the stable version is one, nothing is left that could be worse.
      if (events === 0 || tolerated > 0.8) continue;
      if (rateEvidence(tolerated, events, calls) < watched.length / alpha) continue;
      return {
        what,
        events,
        calls,
        stableEvents: this.#before[what] + this.#beside[what],
        stableCalls: this.#before.calls + this.#beside.calls,
      };
    }
    return null;
  }

  #tolerated(what: Watched): number {
    const { calls } = this.#before;
    const seen = this.#before[what] + this.#beside[what];
    // What a count may fall short of by chance: twice its spread, which is nothing beside a long record.
    const events = seen + assumedShare * assumedCalls + 2 * Math.sqrt(seen + assumedShare * assumedCalls);
    const known = events / (calls + this.#beside.calls + assumedCalls);
    // What fails on both at the same time, such as a server that is down, says nothing against the candidate.
    const now = this.#beside.calls === 0 ? 0 : this.#beside[what] / this.#beside.calls;
    return Math.max(leastShare[what], known, now);
  }
}

function count(counts: Counts, { error, held, critical }: WatchedCall): void {
  counts.calls += 1;
  if (error) counts.errors += 1;
  if (held) counts.held += 1;
  if (critical) counts.critical += 1;
}
