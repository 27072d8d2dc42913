import type { Proposal } from "../../../../../shared/contract/story.ts";

export function answeredBy(proposal: Proposal): string {
  return proposal.model === null ? "no model yet" : `${proposal.model} @${proposal.version ?? "?"}`;
}
