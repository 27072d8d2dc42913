import type { Proposal, ProposalState } from "../../../../../shared/contract/story.ts";
import type { Tone } from "../../../ui/marks/StateMark.tsx";

/** How a proposal stands, in a word or two. */
export function endLabel({ state, text }: Pick<Proposal, "state" | "text">): string {
  return state === "failed" && text.trim() !== "" ? "Broken off" : labels[state];
}

/** What heads the note of a proposal that went wrong. */
export function troubleLabel({ state, text, model }: Proposal): string {
  if (state !== "failed") return "Cut short";
  if (text.trim() !== "") return "Broken off: what had come stands above";
  return model === null ? "Nothing was sent to a model" : "No passage came";
}

/** Who answers, or why nobody is named. */
export function answeredBy({ model, version, state }: Proposal): string {
  if (model !== null && model !== "") return `${model} @${version ?? "?"}`;
  return state === "streaming" ? "choosing the model" : "sent to no model";
}

const labels: Record<ProposalState, string> = {
  streaming: "Writing",
  ready: "Proposed",
  stopped: "Stopped",
  held: "Held",
  overridden: "Overridden",
  failed: "Failed",
  interrupted: "Interrupted",
  accepted: "Accepted",
  discarded: "Discarded",
};

export const tones: Record<ProposalState, Tone> = {
  streaming: "busy",
  ready: "good",
  stopped: "quiet",
  held: "warn",
  overridden: "warn",
  failed: "bad",
  interrupted: "warn",
  accepted: "good",
  discarded: "quiet",
};
