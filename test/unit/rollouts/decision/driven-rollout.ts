import { calm } from "../../../kit/calm-facts.ts";
import { decide } from "../../../../src/main/rollouts/decision/decide.ts";
import type { CommandRequest, RolloutFacts } from "../../../../src/main/rollouts/decision/rollout-facts.ts";
import { initialStatus } from "../../../../src/main/rollouts/decision/rollout-status.ts";
import { rolloutPlan, type RolloutPlan } from "../../../../src/shared/contract/rollout-plan.ts";
import type { RolloutCommand, RolloutStatus } from "../../../../src/shared/contract/rollout-status.ts";
import { ada } from "../../../kit/actors.ts";

export const minuteMs = 60_000;

/** A rollout under test: each call decides once more, at a time and on facts of its own. */
export class Driven {
  readonly plan: RolloutPlan;
  status: RolloutStatus;
  facts: RolloutFacts;
  nowMs = 1_000_000;
  readonly reply: string[] = [];

  constructor(plan: Parameters<typeof rolloutPlan.parse>[0], facts: Partial<RolloutFacts> = {}) {
    this.plan = rolloutPlan.parse(plan);
    this.status = initialStatus(this.plan, this.nowMs);
    this.facts = { ...calm, ...facts };
    this.look();
  }

  look(facts: Partial<RolloutFacts> = {}, asked: CommandRequest | null = null): this {
    this.facts = { ...this.facts, ...facts };
    const { status, events } = decide(this.plan, this.status, this.facts, this.nowMs, asked);
    this.status = status;
    this.reply.push(...events.map(({ type }) => type));
    return this;
  }

  ask(command: RolloutCommand, reason: string | null = null): this {
    return this.look({}, { command, by: ada, reason });
  }

  after(spanMs: number, facts: Partial<RolloutFacts> = {}): this {
    this.nowMs += spanMs;
    return this.look(facts);
  }

  get is(): string {
    const { state, pause, candidatePercent } = this.status;
    return `${state}${pause ? ` (${pause.reason})` : ""} ${candidatePercent} %`;
  }
}

export const units = (stable: number, candidate: number) => ({ units: { stable, candidate } });
export const canary = {
  strategy: "canary" as const,
  steps: [
    { type: "weight" as const, percent: 10 },
    { type: "analysis" as const, units: 100, withinMs: 10 * minuteMs },
    { type: "weight" as const, percent: 50 },
    { type: "pause" as const, forMs: 5 * minuteMs },
  ],
};

export const suiteGate = { type: "suite_gate" as const, suiteId: "019ab000-0000-7000-8000-000000000001" };
