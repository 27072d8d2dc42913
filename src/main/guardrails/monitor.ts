import type { ReviewDecision, Severity, Verdict, Violation } from "../../shared/contract/guardrails.ts";
import type { ViolationId } from "../../shared/contract/ids.ts";
import type { ChangeFeed } from "../base/change-feed.ts";
import type { DatabasePool } from "../db/pool.ts";
import { listedVerdict } from "../../shared/verdict.ts";
import { checkTextInSlices } from "./checking/check.ts";

export interface GuardrailsMonitorPorts {
  readonly database: DatabasePool;
  readonly nowMs: () => number;
  readonly changes: ChangeFeed;
}

/** What the guardrails found, and what people decided about it. */
export class GuardrailsMonitor {
  readonly #ports: GuardrailsMonitorPorts;

  constructor(ports: GuardrailsMonitorPorts) {
    this.#ports = ports;
  }

  violations(filter: {
    severity?: Severity | undefined;
    decision?: ReviewDecision | undefined;
    cursor?: string | undefined;
    limit: number;
  }) {
    return this.#ports.database.read("listViolations", filter);
  }

  violation(input: { violationId: ViolationId }): Promise<Violation> {
    return this.#ports.database.read("getViolation", input);
  }

  /** Every decision and note is kept, in order; the newest decision stands. */
  async review(input: {
    violationId: ViolationId;
    decision?: ReviewDecision | undefined;
    reason?: string | undefined;
  }): Promise<Violation> {
    const reviewed = await this.#ports.database.write("reviewViolation", {
      violationId: input.violationId,
      decision: input.decision ?? null,
      reason: input.reason ?? null,
      atMs: this.#ports.nowMs(),
    });
    this.#ports.changes.announce("violations");
    this.#ports.changes.announce("stories"); // an override gives a proposal its words back
    return reviewed;
  }

  async check(text: string): Promise<Verdict> {
    return listedVerdict(await checkTextInSlices(text));
  }
}
