import { v7 as uuid } from "uuid";
import { type PassageId, proposalId } from "../../shared/contract/ids.ts";
import type { Severity } from "../../shared/contract/guardrails.ts";
import type { InferenceEvent, GenerationOptions } from "../../shared/contract/inference.ts";
import type { GenerateEvent, Proposal, ProposalState } from "../../shared/contract/story.ts";
import type { ChangeFeed } from "../base/change-feed.ts";
import type { DatabasePool } from "../db/pool.ts";
import { type AnswerSoFar, answerAfter, noAnswer } from "../../shared/answer-so-far.ts";
import { assertNever, Failure } from "../base/failure.ts";
import type { TextCall } from "../inference/call/call-types.ts";
import type { TaskGroup } from "../base/task-group.ts";
import { log } from "../base/logger.ts";
import { narrativeCall } from "./prompting/prompted-call.ts";

/** Writes text with the version that a use case has. */
export interface TextGenerator {
  /** One guarded, logged call; see `LLMClient.generateText`. */
  generateText(call: TextCall, signal: AbortSignal): AsyncIterable<InferenceEvent>;
}

export interface NarrativeGeneratorPorts {
  readonly database: DatabasePool;
  readonly llm: TextGenerator;
  readonly running: TaskGroup;
  readonly nowMs: () => number;
  readonly randomSeed: () => number;
  readonly changes: ChangeFeed;
}

interface Draft {
  readonly proposalId: Proposal["id"];
  answer: AnswerSoFar;
  inferenceId: Proposal["inferenceId"];
  model: string;
  version: string;
  blocked: { severity: Severity; message: string } | null;
  savedAtMs: number;
}

/** What is on screen may be this much ahead of what is on disk, in milliseconds. */
const saveEveryMs = 400;

/** Proposes passages: from a person's prompt and the story so far to checked prose, kept as it arrives. */
export class NarrativeGenerator {
  readonly #ports: NarrativeGeneratorPorts;

  constructor(ports: NarrativeGeneratorPorts) {
    this.#ports = ports;
  }

  /**
   * The proposal, then the events of its inference. `done` and `failed` follow after the proposal's end is committed.
   * Aborting stops the model and keeps what had been released. Throws `Failure` when the passage does not exist.
   */
  generateNarrative(
    input: { passageId: PassageId; prompt: string; options?: GenerationOptions | undefined },
    signal?: AbortSignal,
  ): AsyncGenerator<GenerateEvent> {
    return this.#ports.running.events(signal, (emit, stopped) => this.#run(input, emit, stopped));
  }

  async #run(
    { passageId, prompt, options }: { passageId: PassageId; prompt: string; options?: GenerationOptions | undefined },
    emit: (event: GenerateEvent) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const { database, nowMs, changes } = this.#ports;
    const passage = await database.read("getPassage", { passageId });
    const seed = options?.seed ?? this.#ports.randomSeed();
    const proposal = await database.write("addProposal", {
      proposalId: proposalId.parse(uuid()),
      passageId,
      prompt,
      seed,
      atMs: nowMs(),
    });
    emit({ type: "proposal", proposal });
    changes.announce("stories");
    const draft: Draft = {
      proposalId: proposal.id,
      answer: noAnswer,
      inferenceId: null,
      model: "",
      version: "",
      blocked: null,
      savedAtMs: 0,
    };
    const call = {
      ...narrativeCall({ instruction: prompt, storyText: passage.text, options: { ...options, seed } }, "stories"),
      sessionKey: sessionOf(passageId, nowMs()),
    };
    try {
      for await (const event of this.#ports.llm.generateText(call, signal)) {
        await this.#keep(draft, event);
        emit(event);
      }
    } catch (error) {
      await this.#end(draft, "failed", noteOf(error));
      throw error;
    } finally {
      changes.announce("stories");
    }
  }

  /** Brings the stored proposal up to date with an event, before the event is emitted where it is the last. */
  async #keep(draft: Draft, event: InferenceEvent): Promise<void> {
    draft.answer = answerAfter(draft.answer, event);
    switch (event.type) {
      case "started":
        Object.assign(draft, { inferenceId: event.inferenceId, model: event.model, version: event.version });
        return this.#save(draft);
      case "attempt":
        Object.assign(draft, { model: event.model, version: event.version });
        return this.#save(draft);
      case "thought":
      case "tool_call":
        return; // no part of the passage
      case "token":
      case "left_out":
      case "text_was_thought":
        return this.#save(draft);
      case "held":
        draft.blocked = { severity: event.severity, message: event.reason };
        return this.#save(draft);
      case "done":
        return this.#end(
          draft,
          stateAfter(event.finishReason),
          draft.blocked && { ...draft.blocked, remedy: blockedRemedy },
        );
      case "failed":
        return this.#end(draft, "failed", { severity: null, message: event.message, remedy: event.remedy });
      default:
        return assertNever(event);
    }
  }

  /** Asks for a save at most every `saveEveryMs`, without making the stream wait for it. */
  #save(draft: Draft): void {
    const { inferenceId } = draft;
    const nowMs = performance.now();
    if (inferenceId === null || nowMs - draft.savedAtMs < saveEveryMs) return;
    draft.savedAtMs = nowMs;
    const { proposalId: id, model, version, answer } = draft;
    this.#ports.database
      .write("updateProposal", { proposalId: id, inferenceId, model, version, ...answer })
      .catch((error: unknown) => log.error("a proposal was not saved on its way", error)); // the end of the proposal is awaited and will say it
  }

  async #end(draft: Draft, state: ProposalState, note: Proposal["note"]): Promise<void> {
    const { proposalId: id, inferenceId, model, version, answer } = draft;
    if (inferenceId !== null)
      void this.#ports.database
        .write("updateProposal", { proposalId: id, inferenceId, model, version, ...answer })
        .catch(() => {});
    await this.#ports.database.write("endProposal", { proposalId: id, state, note, ...answer });
  }
}

const blockedRemedy = "Ask for it again, change the prompt, or see what was held on the Violations screen.";

function stateAfter(finishReason: Extract<InferenceEvent, { type: "done" }>["finishReason"]): ProposalState {
  switch (finishReason) {
    case "stop":
    case "length":
    case "repetition":
    case "tool_calls":
      return "ready";
    case "held":
      return "held";
    case "stopped":
      return "stopped";
    default:
      return assertNever(finishReason);
  }
}

function noteOf(error: unknown): Proposal["note"] {
  const message = error instanceof Error ? error.message : String(error);
  return { severity: null, message, remedy: error instanceof Failure ? error.data.remedy : "Try again." };
}

/**
 * A passage keeps its model for a day, so that its voice does not change between two sentences while a version is rolled out;
 * a new day is a new session, or a writer of one long passage would only ever count once.
 */
function sessionOf(passageId: PassageId, nowMs: number): string {
  return `passage ${passageId} on ${new Date(nowMs).toISOString().slice(0, 10)}`;
}
