import type { Arm } from "../../../shared/contract/rollout-plan.ts";

/** Calls without a load after which an arm counts as kept in memory: a load is then news, and what comes after it is cold. */
const keptAfterCalls = 20;

interface ArmState {
  /** Calls since it last began to settle. */
  calls: number;
  /** Calls since the last that loaded. */
  withoutLoad: number;
}

/**
 * Which units come while an arm settles. The first answers after a load are slow for reasons that are not the version's (caches,
 * compiled kernels, a clock that has to rise), so an arm settles for its first `calls` calls after one. The coin of a unit is thrown
 * when that is known, so all units of both arms are passed over meanwhile: to pass over one arm's alone would be evidence in
 * itself.
 *
 * Where an arm is loaded again before it was kept for twenty calls, the machine does not keep it, and it would never settle: then only
 * what the load itself spoils is left out (`metricsOf`), and its pace counts. To be fed units in the order in which they were
 * routed: whether one counts depends on those before it alone.
 */
export class Settling {
  readonly #calls: number;
  readonly #arms: Record<Arm, ArmState>;

  /** The stable version has been answering; of the candidate that is only known once it was warmed up. */
  constructor(calls: number) {
    this.#calls = calls;
    this.#arms = {
      stable: { calls, withoutLoad: keptAfterCalls },
      candidate: { calls: 0, withoutLoad: 0 },
    };
  }

  /** The candidate was asked as often as it needs to settle before it got any call. */
  warmedUp(): void {
    const { candidate } = this.#arms;
    candidate.calls = Math.max(candidate.calls, this.#calls);
    candidate.withoutLoad = Math.max(candidate.withoutLoad, keptAfterCalls);
  }

  /** Whether the latencies of a unit whose coin is thrown now are evidence. */
  get isSettled(): boolean {
    const { stable, candidate } = this.#arms;
    return stable.calls >= this.#calls && candidate.calls >= this.#calls;
  }

  /** Takes a unit; true where its arm begins to settle with it, so that its own latencies are cold too. */
  unit(arm: Arm, calls: number, loaded: boolean): boolean {
    const state = this.#arms[arm];
    const begins = loaded && state.withoutLoad >= keptAfterCalls;
    state.calls = begins ? calls : state.calls + calls;
    state.withoutLoad = loaded ? 0 : state.withoutLoad + calls;
    return begins && this.#calls > 0;
  }
}
