import type { ModelVersion } from "../../shared/contract/registry.ts";
import type { RolloutPlan, RolloutStep } from "../../shared/contract/rollout-plan.ts";
import type { RolloutStatus } from "../../shared/contract/rollout-status.ts";
import { stepsOf } from "../../shared/rollout-labels.ts";
import type { Clock } from "../base/clock.ts";
import type { GateSuites, WarmUpCalls, WeightLoader } from "./ports.ts";
import { RepeatedWork } from "./repeated-work.ts";
import type { FailingWork, RolloutFacts } from "./decision/rollout-facts.ts";
import { isActive } from "./decision/rollout-status.ts";

export interface RolloutWorkPorts {
  readonly loader: WeightLoader;
  readonly warmUpCalls: WarmUpCalls;
  readonly suites: GateSuites;
  /** For the waits between tries. */
  readonly clock: Pick<Clock, "sleep">;
}

interface WorkOf {
  readonly stable: ModelVersion;
  readonly candidate: ModelVersion;
  /** Called when something is done that a decision waits for. */
  readonly done: () => void;
  /** Called after a try that failed. */
  readonly failed: () => void;
}

const standbyEveryMs = 120_000;

/** What one rollout does with models beside their calls: it warms the candidate up, runs suite gates, keeps the standby loaded. */
export class RolloutWork {
  readonly #ports: RolloutWorkPorts;
  readonly #of: WorkOf;
  readonly #warmUp: RepeatedWork;
  readonly #gateRun: RepeatedWork;
  #warmed = false;
  /** It answered as often as it has to before its latencies are evidence. */
  #settled = false;
  #gate: RolloutFacts["gate"] = null;
  /** The step that the work in progress is for. */
  #step = 0;
  #standby: NodeJS.Timeout | undefined;

  constructor(ports: RolloutWorkPorts, of: WorkOf) {
    this.#ports = ports;
    this.#of = of;
    this.#warmUp = new RepeatedWork(ports.clock);
    this.#gateRun = new RepeatedWork(ports.clock);
  }

  /** What a decision goes by. */
  get facts(): Pick<RolloutFacts, "warmed" | "settled" | "gate" | "failing"> {
    return { warmed: this.#warmed, settled: this.#settled, gate: this.#gate, failing: this.#failing };
  }

  get #failing(): FailingWork | null {
    const step = this.#step;
    if (this.#warmUp.failing) return { what: "warm_up", step, ...this.#warmUp.failing };
    return this.#gateRun.failing && { what: "suite", step, ...this.#gateRun.failing };
  }

  /** What was done counts no more: the rollout is taken up again. */
  forget(): void {
    this.#warmed = false;
    this.#settled = false;
    this.#gate = null;
  }

  /** Begins and ends what the status asks for. */
  follow(plan: RolloutPlan, status: RolloutStatus): void {
    this.#step = status.step;
    const isInProgress = isActive(status.state) && status.state !== "scheduled";
    if (isInProgress && plan.warmUp && !status.warmed && !this.#warmed) this.#beginWarmUp(plan, status.stepSinceMs);
    else if (!isInProgress) this.#warmUp.drop();
    const step = isInProgress && !status.switched ? stepsOf(plan)[status.step] : undefined;
    if (step?.type === "suite_gate" && (status.warmed || !plan.warmUp)) this.#beginGate(step, status);
    else this.#gateRun.drop();
    if (isInProgress && plan.strategy === "blue_green" && status.switched)
      this.#standby ??= setInterval(() => this.#keepLoaded(), standbyEveryMs).unref();
    else this.#endStandby();
  }

  /** Resolves when nothing is in progress any more. */
  async close(): Promise<void> {
    this.#endStandby();
    await Promise.all([this.#warmUp.close(), this.#gateRun.close()]);
  }

  /** It is loaded, and answers what nobody reads: the first answers after a load are slow. One that cannot answer is loaded all the same. */
  #beginWarmUp({ analysis }: RolloutPlan, sinceMs: number): void {
    const times = Math.max(1, analysis.settleCalls);
    const work = async (signal: AbortSignal) => {
      await this.#ports.loader.load(this.#of.candidate, signal);
      this.#settled = (await this.#ports.warmUpCalls.ask(this.#of.candidate, times, signal)) >= times;
      this.#warmed = true;
      this.#of.done();
    };
    this.#warmUp.want(`warm up ${sinceMs}`, work, this.#of.failed);
  }

  #beginGate(
    { suiteId, atLeastPercent }: Extract<RolloutStep, { type: "suite_gate" }>,
    { step, stepSinceMs }: RolloutStatus,
  ): void {
    const work = async (signal: AbortSignal) => {
      const { passed, cases } = await this.#ports.suites.runSuite(
        { suiteId, versionId: this.#of.candidate.id },
        signal,
      );
      const message = `${passed} of ${cases} cases passed; ${atLeastPercent} % are asked for`;
      this.#gate = { step, passed: passed * 100 >= atLeastPercent * cases, message };
      this.#of.done();
    };
    this.#gateRun.want(`gate ${step} ${stepSinceMs}`, work, this.#of.failed);
  }

  /** The version that was switched away from, so that switching back waits for nothing. */
  #keepLoaded(): void {
    this.#ports.loader.load(this.#of.stable, new AbortController().signal).catch(() => {}); // it is tried again
  }

  #endStandby(): void {
    clearInterval(this.#standby);
    this.#standby = undefined;
  }
}
