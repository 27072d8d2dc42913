import { v7 as uuid } from "uuid";
import { type PassageId, type ProposalId, proposalId } from "../../shared/contract/ids.ts";
import type { Severity } from "../../shared/contract/guardrails.ts";
import type { InferenceEvent, GenerationOptions } from "../../shared/contract/inference.ts";
import type { GenerateEvent, Passage, Proposal, StoryStyle } from "../../shared/contract/story.ts";
import { type ProposalEnd, proposalEnd } from "../../shared/proposal-end.ts";
import type { ChangeFeed } from "../base/change-feed.ts";
import type { DatabasePool } from "../db/pool.ts";
import { type AnswerSoFar, answerAfter, noAnswer } from "../../shared/answer-so-far.ts";
import { assertNever, Failure } from "../base/failure.ts";
import { detached } from "../base/detached.ts";
import type { TextCall } from "../inference/call/call-types.ts";
import type { TaskGroup } from "../base/task-group.ts";
import { log } from "../base/logger.ts";
import { type ComposedFor, narrativeCall } from "./prompting/prompted-call.ts";
import { TokenRatios } from "./prompting/token-estimate.ts";

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

interface GenerateInput {
  readonly passageId: PassageId;
  readonly prompt: string;
  readonly options?: GenerationOptions | undefined;
  readonly whenLeft?: "stop" | "continue" | undefined;
}

interface Draft {
  readonly proposalId: Proposal["id"];
  answer: AnswerSoFar;
  inferenceId: Proposal["inferenceId"];
  model: string;
  version: string;
  blocked: { severity: Severity; message: string } | null;
  composed: ComposedFor | null;
  savedAtMs: number;
  /** The next save, where one is due. */
  saving: NodeJS.Timeout | null;
}

/** What is on screen may be this much ahead of what is on disk, in milliseconds. */
const saveEveryMs = 400;

/** Proposes passages: from a person's prompt and the story so far to checked prose, kept as it arrives. */
export class NarrativeGenerator {
  readonly #ports: NarrativeGeneratorPorts;
  readonly #ratios = new TokenRatios();
  /** Of the proposals being written. */
  readonly #stops = new Map<ProposalId, AbortController>();

  constructor(ports: NarrativeGeneratorPorts) {
    this.#ports = ports;
  }

  /**
   * The proposal, then the events of its inference. `done` and `failed` follow after the proposal's end is committed.
   * Aborting, or going away, stops the model and keeps what had been released; with `whenLeft: "continue"` only `stop` does.
   * Throws `Failure` when the passage does not exist.
   */
  generateNarrative(input: GenerateInput, signal?: AbortSignal): AsyncGenerator<GenerateEvent> {
    const { running } = this.#ports;
    if (input.whenLeft !== "continue")
      return running.events(signal, (emit, stopped) => this.#run(input, emit, stopped));
    return detached(
      running.events<GenerateEvent>(undefined, (emit, stopped) => this.#run(input, emit, stopped)),
      signal,
    );
  }

  /** Stops the model of a proposal that is being written; `stopped: false` where it has ended. Throws NOT_FOUND. */
  async stop(input: { proposalId: ProposalId }): Promise<{ stopped: boolean }> {
    await this.#ports.database.read("getProposal", input);
    const stop = this.#stops.get(input.proposalId);
    stop?.abort(new DOMException("a person stopped it", "AbortError"));
    return { stopped: stop !== undefined };
  }

  async #run(input: GenerateInput, emit: (event: GenerateEvent) => void, signal: AbortSignal): Promise<void> {
    const { database, changes } = this.#ports;
    const passage = await database.read("getPassage", { passageId: input.passageId });
    const { story } = await database.read("storyOutline", { storyId: passage.storyId });
    const seed = input.options?.seed ?? this.#ports.randomSeed();
    const proposal = await this.#add(input, seed);
    const stop = new AbortController();
    this.#stops.set(proposal.id, stop);
    emit({ type: "proposal", proposal });
    changes.announce("stories");
    const draft = draftOf(proposal);
    const call = this.#callOf({ ...input, options: { ...input.options, seed } }, passage, story.style, draft);
    try {
      for await (const event of this.#ports.llm.generateText(call, AbortSignal.any([signal, stop.signal]))) {
        if (event.type === "done" && draft.composed !== null)
          this.#ratios.counted(draft.composed.versionId, draft.composed.messages, event.promptTokens);
        await this.#keep(draft, event);
        emit(event);
      }
    } catch (error) {
      await this.#end(draft, { state: "failed", note: noteOf(error) });
      throw error;
    } finally {
      this.#stops.delete(proposal.id);
      changes.announce("stories");
    }
  }

  #callOf({ prompt, options = {} }: GenerateInput, passage: Passage, style: StoryStyle, draft: Draft): TextCall {
    const ratioOf = (versionId: string, text: string): number => this.#ratios.of(versionId, text);
    const asked = { instruction: prompt, storyText: passage.text, style, options, ratioOf };
    const call = narrativeCall(asked, "stories", (composed) => (draft.composed = composed));
    return { ...call, sessionKey: sessionOf(passage.id, this.#ports.nowMs()) };
  }

  #add({ passageId, prompt }: GenerateInput, seed: number): Promise<Proposal> {
    const { database, nowMs } = this.#ports;
    const fact = { proposalId: proposalId.parse(uuid()), passageId, prompt, seed, atMs: nowMs() };
    return database.write("addProposal", fact);
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
      case "done": {
        const end = proposalEnd(event.finishReason, draft.answer);
        return this.#end(draft, {
          state: end.state,
          note: draft.blocked === null ? end.note : { ...draft.blocked, remedy: blockedRemedy },
        });
      }
      case "failed":
        return this.#end(draft, {
          state: "failed",
          note: { severity: null, message: event.message, remedy: event.remedy },
        });
      default:
        return assertNever(event);
    }
  }

  /** Asks for a save at most every `saveEveryMs`, without making the stream wait for it. */
  #save(draft: Draft): void {
    if (draft.inferenceId === null || draft.saving !== null) return;
    const waitMs = Math.max(0, draft.savedAtMs + saveEveryMs - performance.now());
    // A model that falls silent leaves nothing unsaved behind.
    draft.saving = setTimeout(() => this.#saveNow(draft), waitMs);
  }

  #saveNow(draft: Draft): void {
    draft.saving = null;
    draft.savedAtMs = performance.now();
    this.#update(draft)?.catch((error: unknown) => log.error("a proposal was not saved on its way", error)); // the end of the proposal is awaited and will say it
  }

  #update({ proposalId: id, inferenceId, model, version, answer, composed }: Draft): Promise<void> | null {
    if (inferenceId === null) return null;
    const fact = { proposalId: id, inferenceId, model, version, ...answer, sent: composed?.sent ?? null };
    return this.#ports.database.write("updateProposal", fact);
  }

  async #end(draft: Draft, end: ProposalEnd): Promise<void> {
    if (draft.saving !== null) clearTimeout(draft.saving);
    void this.#update(draft)?.catch(() => {});
    await this.#ports.database.write("endProposal", { proposalId: draft.proposalId, ...draft.answer, ...end });
  }
}

const blockedRemedy =
  "Ask for it again, change the prompt, or see what was held on the Violations screen: overridden there with a reason, the words come back.";

function draftOf(proposal: Proposal): Draft {
  return {
    proposalId: proposal.id,
    answer: noAnswer,
    inferenceId: null,
    model: "",
    version: "",
    blocked: null,
    composed: null,
    savedAtMs: 0,
    saving: null,
  };
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
