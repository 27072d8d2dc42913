import { useQuery } from "@tanstack/react-query";
import type { Proposal } from "../../../../../shared/contract/story.ts";
import { queries } from "../../../api/connection.ts";

/** What is waited for before the first words, where that is known: the model's way into memory. Null else. */
export function useWaiting({ state, text, model, version }: Proposal): string | null {
  const isWaiting = state === "streaming" && text === "";
  const status = useQuery({
    ...queries.inference.status.queryOptions({ input: { useCase: "story_generation" } }),
    enabled: isWaiting,
  }).data;
  if (!isWaiting || status?.loaded !== false || status.trouble !== null) return null;
  return status.assigned?.model === model && status.assigned.version === version ? "Loading the model" : null;
}
