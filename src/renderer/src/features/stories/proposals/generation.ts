import { create } from "zustand";
import { api } from "../../../api/connection.ts";
import { toProblem } from "../../../api/problem.ts";
import type { Finding } from "../../../../../shared/contract/guardrails.ts";
import type { InferenceEvent, GenerationOptions } from "../../../../../shared/contract/inference.ts";
import type { GenerateEvent, Passage, Proposal } from "../../../../../shared/contract/story.ts";
import { proposalEnd } from "../../../../../shared/proposal-end.ts";
import { answerAfter } from "../../../../../shared/answer-so-far.ts";
import { assertNever } from "../../../ui/assert-never.ts";
import { notifyProblem } from "../../../ui/notify/notify.ts";

export type DoneEvent = Extract<InferenceEvent, { type: "done" }>;

/** A proposal this page is receiving or has just received. */
interface LiveProposal {
  readonly proposal: Proposal;
  readonly blocked: Pick<Finding, "ruleId" | "category" | "message"> | null;
}

interface GenerationState {
  readonly live: Readonly<Record<string, LiveProposal>>;
  /** How finished ones went, for the inspector; known to this page only. */
  readonly done: Readonly<Record<string, DoneEvent>>;
  /** The open proposal looked at, by passage. */
  readonly selected: Readonly<Record<string, string>>;
}

export const useGeneration = create<GenerationState>(() => ({ live: {}, done: {}, selected: {} }));

/**
 * Asks for the next piece of a passage and follows it into the store, painted once per frame. Resolves to true once a
 * proposal exists, to false when none came about; a failure has been notified.
 */
export function propose(passageId: Passage["id"], prompt: string, options: GenerationOptions): Promise<boolean> {
  const began = Promise.withResolvers<boolean>();
  void follow(passageId, prompt, options, () => began.resolve(true)).then(() => began.resolve(false));
  return began.promise;
}

/** Stops the model, whichever page asked for it. */
export function stop(proposalId: Proposal["id"]): void {
  api.story.stop({ proposalId }).catch(notifyProblem);
}

export function select(passageId: string, proposalId: string): void {
  useGeneration.setState(({ selected }) => ({ selected: { ...selected, [passageId]: proposalId } }));
}

/** Forgets what this page knew of a proposal that is no longer open. */
export function forget(proposalId: string): void {
  useGeneration.setState(({ live }) => {
    const { [proposalId]: _, ...rest } = live;
    return { live: rest };
  });
}

/** The open proposals as stored, with what this page knows better: it hears of each word before the store does. */
export function openProposals(
  stored: readonly Proposal[],
  live: GenerationState["live"],
  passageId: string,
): Proposal[] {
  const newer = stored.map((proposal) => {
    const own = live[proposal.id]?.proposal;
    return own !== undefined && (own.state === "streaming" || proposal.state === "streaming") ? own : proposal;
  });
  const unknown = Object.values(live)
    .map(({ proposal }) => proposal)
    .filter((proposal) => proposal.passageId === passageId && !stored.some(({ id }) => id === proposal.id));
  return [...newer, ...unknown];
}

async function follow(
  passageId: Passage["id"],
  prompt: string,
  options: GenerationOptions,
  onBegun: () => void,
): Promise<void> {
  let painter: Painter | null = null;
  try {
    // Written to its end when this page is reloaded or closed; only Stop stops it.
    const events = await api.story.generate({ passageId, prompt, options, whenLeft: "continue" });
    for await (const event of events) {
      if (event.type === "proposal") {
        painter = new Painter(event.proposal);
        select(passageId, event.proposal.id);
        onBegun();
      } else if (painter !== null) {
        painter.apply(event);
      } else if (event.type === "failed") {
        notifyProblem(new Error(`${event.message} ${event.remedy}`));
      }
    }
  } catch (error) {
    const problem = toProblem(error);
    if (painter === null || problem.code === "CONNECTION") notifyProblem(error);
    else painter.fail(problem.message, problem.remedy);
  } finally {
    // Where its end is not known here, the store knows, or will: it is followed there.
    if (painter?.isStreaming === true) forget(painter.id);
  }
}

/** Gathers a stream's events and hands them to the store at most once per frame. */
class Painter {
  #current: LiveProposal;
  #frame: number | null = null;

  constructor(proposal: Proposal) {
    this.#current = { proposal, blocked: null };
    this.#paint();
  }

  get id(): string {
    return this.#current.proposal.id;
  }

  apply(event: Exclude<GenerateEvent, { type: "proposal" }>): void {
    switch (event.type) {
      case "started":
        this.#change({ inferenceId: event.inferenceId, model: event.model, version: event.version });
        return;
      case "attempt":
        this.#change({ model: event.model, version: event.version });
        return;
      // A story shows neither; the log keeps both.
      case "thought":
      case "tool_call":
        return;
      case "token":
      case "left_out":
      case "text_was_thought":
        this.#change(answerSoFar(this.#current.proposal, event));
        return;
      case "held": {
        this.#current = { ...this.#current, blocked: event.finding };
        this.#change({
          ...answerSoFar(this.#current.proposal, event),
          replacement: event.fallback,
          note: { severity: event.severity, message: event.reason, remedy: "" },
        });
        return;
      }
      case "done":
        useGeneration.setState(({ done }) => ({ done: { ...done, [this.id]: event } }));
        this.#end(event.finishReason);
        return;
      case "failed":
        this.fail(event.message, event.remedy);
        return;
      default:
        assertNever(event);
    }
  }

  get isStreaming(): boolean {
    return this.#current.proposal.state === "streaming";
  }

  fail(message: string, remedy: string): void {
    if (this.isStreaming) this.#finish({ state: "failed", note: { severity: null, message, remedy } });
  }

  #end(finishReason: DoneEvent["finishReason"]): void {
    const { note } = this.#current.proposal;
    const end = proposalEnd(finishReason, this.#current.proposal);
    this.#finish({ state: end.state, note: note ?? end.note });
  }

  #finish(change: Partial<Proposal>): void {
    this.#change(change);
    if (this.#frame !== null) cancelAnimationFrame(this.#frame);
    this.#paint();
  }

  #change(change: Partial<Proposal>): void {
    this.#current = { ...this.#current, proposal: { ...this.#current.proposal, ...change } };
    this.#frame ??= requestAnimationFrame(() => this.#paint());
  }

  #paint(): void {
    this.#frame = null;
    useGeneration.setState(({ live }) => ({ live: { ...live, [this.id]: this.#current } }));
  }
}

function answerSoFar(proposal: Proposal, event: InferenceEvent): Pick<Proposal, "text" | "raw" | "leftOut"> {
  const { text, raw, leftOut } = answerAfter(proposal, event);
  return { text, raw, leftOut: [...leftOut] };
}
