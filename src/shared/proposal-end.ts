import type { FinishReason } from "./contract/inference.ts";
import type { Proposal, ProposalState } from "./contract/story.ts";

/** What a proposal is once its call has ended, and what there is to say of it. */
export interface ProposalEnd {
  readonly state: ProposalState;
  readonly note: Proposal["note"];
}

/** How a proposal stands after its call ended in this way with this text. An answer without a word is a failure, whatever ended it. */
export function proposalEnd(finishReason: FinishReason, { text, raw }: Pick<Proposal, "text" | "raw">): ProposalEnd {
  if (finishReason === "held") return { state: "held", note: null };
  if (finishReason === "stopped") return { state: "stopped", note: null };
  if (text.trim() !== "") return { state: "ready", note: null };
  return {
    state: "failed",
    note: { severity: null, ...(raw.trim() === "" ? emptyWords(finishReason) : leftOutWords) },
  };
}

const leftOutWords = {
  message: "Nothing is left of what the model wrote once what is no part of a story is left out.",
  remedy: "Show what was left out and take it back, ask again, or choose another model.",
};

function emptyWords(finishReason: FinishReason): { message: string; remedy: string } {
  if (finishReason === "length")
    return {
      message: "The model reached its length limit before it wrote a word of the passage.",
      remedy: "Allow longer answers, or choose a model that does not think first.",
    };
  if (finishReason === "tool_calls")
    return {
      message: "The model asked for a tool and wrote nothing.",
      remedy: "Ask again, or choose another model for stories.",
    };
  return {
    message: "The model ended without writing a word.",
    remedy: "Ask again, change the prompt, or choose another model.",
  };
}

/** A proposal's text without what stands there in place of what was held. */
export function withoutReplacement({ text, replacement }: Pick<Proposal, "text" | "replacement">): string {
  if (replacement === null || !text.endsWith(replacement)) return text;
  return text.slice(0, -replacement.length).trimEnd();
}
