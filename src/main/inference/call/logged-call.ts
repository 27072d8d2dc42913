import { log } from "../../base/logger.ts";
import type { InferenceId } from "../../../shared/contract/ids.ts";
import type { InferenceEvent } from "../../../shared/contract/inference.ts";
import type { ModelVersion } from "../../../shared/contract/registry.ts";
import type { Clock } from "../../base/clock.ts";
import { Failure } from "../../base/failure.ts";
import type { RolloutMark } from "../../db/queries/logs.ts";
import type { CallLog, InferenceOutcome } from "../ports.ts";
import { ProviderError } from "../provider.ts";
import type { Route } from "../routing/route.ts";
import { outcomeFrom, versionColumnsFrom } from "./call-record.ts";
import type { Call } from "./call.ts";
import type { CallStop } from "./call-stop.ts";
import type { Composed, TextCall } from "./call-types.ts";
import type { CommitGate } from "./commit-gate.ts";
import type { Ending } from "./ending.ts";

export interface LoggedCallFacts {
  readonly id: InferenceId;
  readonly call: TextCall;
  readonly route: Route;
  /** The first version of the route's chain. */
  readonly first: ModelVersion;
  readonly composed: Composed;
  readonly rollout: RolloutMark | null;
  /** On the clock's `monotonicMs`. */
  readonly startedAt: number;
}

/** A call's end, once its row says so. */
export interface LoggedEnd {
  readonly ending: Ending;
  readonly outcome: Omit<InferenceOutcome, "rerouted" | "sent" | "rollout">;
}

const unlogged = new ProviderError("storage", "The call could not be logged.", "Look at the data directory.");

/** Logs one call: its row before anything is emitted, the row's end before `done`. */
export class LoggedCall {
  readonly #log: CallLog;
  readonly #clock: Clock;
  readonly #facts: LoggedCallFacts;
  readonly #startedAtMs: number;

  constructor(log: CallLog, clock: Clock, facts: LoggedCallFacts) {
    this.#log = log;
    this.#clock = clock;
    this.#facts = facts;
    this.#startedAtMs = clock.nowMs();
  }

  /**
   * Inserts the row while the request is sent, opens the gate once the insert is committed, and resolves when the call's end is
   * committed too. Where one of them cannot be, emits `failed` and resolves to null; without its row the model is stopped.
   */
  async run(running: Call, gate: CommitGate, stop: CallStop, emit: (event: InferenceEvent) => void) {
    const begun = gate.openAfter(this.#begin());
    begun.catch(() => stop.giveUp(unlogged)); // awaited below
    const ending = await running.run(stop);
    const outcome = this.#outcomeOf(ending);
    const finished = this.#finish(ending, outcome); // at once: the rows of a short call are committed together
    finished.catch(() => {}); // awaited below; it also fails where there is no row
    if (!(await this.#isCommitted(begun, null, [], emit))) return null;
    if (!(await this.#isCommitted(finished, this.#facts.id, ending.attempts, emit))) return null;
    return { ending, outcome } satisfies LoggedEnd;
  }

  #begin(): Promise<void> {
    const { id, first, route, composed, call, rollout } = this.#facts;
    return this.#log.begin({
      ...versionColumnsFrom(first),
      id,
      startedAtMs: this.#startedAtMs,
      registryStale: route.stale,
      useCase: route.useCase,
      promptTemplate: composed.promptTemplate,
      ask: composed.ask,
      messages: composed.messages,
      options: composed.options,
      caller: call.caller,
      sessionKey: call.sessionKey ?? null,
      rollout,
    });
  }

  #outcomeOf(ending: Ending): LoggedEnd["outcome"] {
    const { id, startedAt } = this.#facts;
    const totalMs = this.#clock.monotonicMs() - startedAt;
    return outcomeFrom(id, ending, { startedAt, totalMs, finishedAtMs: this.#clock.nowMs() });
  }

  #finish(ending: Ending, outcome: LoggedEnd["outcome"]): Promise<void> {
    const { first, rollout, call } = this.#facts;
    const sessionKey = call.sessionKey ?? null;
    return this.#log.finish({
      ...outcome,
      rollout: rollout && { ...rollout, startedAtMs: this.#startedAtMs, sessionKey },
      rerouted: ending.version === first ? null : ending.version,
      sent: ending.version === first || ending.composed === null ? null : sentFrom(ending.composed),
    });
  }

  async #isCommitted(
    committed: Promise<void>,
    id: InferenceId | null,
    attempts: Ending["attempts"],
    emit: (event: InferenceEvent) => void,
  ): Promise<boolean> {
    try {
      await committed;
      return true;
    } catch (error) {
      if (!(error instanceof Failure)) log.error("a call was not logged", error);
      emit({
        type: "failed",
        inferenceId: id,
        errorClass: "storage",
        message: `The call could not be logged: ${error instanceof Error ? error.message : String(error)}`,
        remedy:
          error instanceof Failure ? error.data.remedy : "Look at the data directory and its disk, then try again.",
        attempts,
      });
      return false;
    }
  }
}

/** Of a prompt, what its row has; the row goes to a thread, and functions cannot. */
function sentFrom({ messages, options, promptTemplate }: Composed) {
  return { messages, options, promptTemplate };
}
