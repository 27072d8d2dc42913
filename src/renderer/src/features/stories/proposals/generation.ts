import { create } from "zustand";
import { api } from "../../../api/connection.ts";
import { isCancelled } from "../../../api/problem.ts";
import type { Finding } from "../../../../../shared/contract/guardrails.ts";
import type { InferenceEvent, GenerationOptions } from "../../../../../shared/contract/inference.ts";
import type { GenerateEvent, Passage, Proposal, ProposalState } from "../../../../../shared/contract/story.ts";
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

const aborters = new Map<string, AbortController>();

/**
 * Asks for the next piece of a passage and follows it into the store, painted once per frame. Resolves to true once a
 * proposal exists, to false when none came about; a failure has been notified.
 */
export function propose(passageId: Passage["id"], prompt: string, options: GenerationOptions): Promise<boolean> {
  const began = Promise.withResolvers<boolean>();
  void follow(passageId, prompt, options, () => began.resolve(true)).then(() => began.resolve(false));
  return began.promise;
}

export function stop(proposalId: string): void {
  aborters.get(proposalId)?.abort();
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
  const aborter = new AbortController();
  let painter: Painter | null = null;
  try {
    const events = await api.story.generate({ passageId, prompt, options }, { signal: aborter.signal });
    for await (const event of events) {
      if (event.type === "proposal") {
        painter = new Painter(event.proposal);
        aborters.set(event.proposal.id, aborter);
        select(passageId, event.proposal.id);
        onBegun();
      } else if (painter !== null) {
        painter.apply(event);
      } else if (event.type === "failed") {
        notifyProblem(new Error(`${event.message} ${event.remedy}`));
      }
    }
    painter?.end(aborter.signal.aborted ? "stopped" : "ready");
  } catch (error) {
    if (isCancelled(error, aborter.signal)) painter?.end("stopped");
    else {
      painter?.end("interrupted");
      notifyProblem(error);
    }
  } finally {
    if (painter !== null) aborters.delete(painter.id);
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
          note: { severity: event.severity, message: event.reason, remedy: "" },
        });
        return;
      }
      case "done":
        useGeneration.setState(({ done }) => ({ done: { ...done, [this.id]: event } }));
        this.end(endStates[event.finishReason]);
        return;
      case "failed":
        this.#change({ note: { severity: null, message: event.message, remedy: event.remedy } });
        this.end("failed");
        return;
      default:
        assertNever(event);
    }
  }

  end(state: ProposalState): void {
    if (this.#current.proposal.state !== "streaming") return;
    this.#change({ state });
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

const endStates: Record<DoneEvent["finishReason"], ProposalState> = {
  stop: "ready",
  length: "ready",
  repetition: "ready",
  tool_calls: "ready",
  held: "held",
  stopped: "stopped",
};

function answerSoFar(proposal: Proposal, event: InferenceEvent): Pick<Proposal, "text" | "raw" | "leftOut"> {
  const { text, raw, leftOut } = answerAfter(proposal, event);
  return { text, raw, leftOut: [...leftOut] };
}
