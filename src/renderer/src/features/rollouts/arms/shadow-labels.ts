import type { RolloutAnalysis } from "../../../../../shared/contract/rollout-status.ts";
import type { RolloutSample } from "../../../../../shared/contract/rollouts.ts";
import { counted, whole } from "../../../../../shared/format.ts";
import { times } from "./arm-figures.ts";
import { evidenceWords } from "../rollout-labels.ts";

/** A shadow response and the answer to the same prompt that was used. */
export interface SamplePair {
  readonly stable: RolloutSample;
  readonly shadow: RolloutSample;
}

/** The shadow responses, newest first, each beside the answer that was used. */
export function pairsOf(samples: readonly RolloutSample[]): readonly SamplePair[] {
  const byId = new Map(samples.map((sample) => [sample.inferenceId, sample]));
  return samples.flatMap((shadow) => {
    const stable = shadow.shadowOf === null ? undefined : byId.get(shadow.shadowOf);
    return stable === undefined ? [] : [{ stable, shadow }];
  });
}

/** How the pairs compare, in a sentence, and how much that shows, in another; null before the first pair. */
export function shadowWords({ shadowPairs, threshold }: Pick<RolloutAnalysis, "shadowPairs" | "threshold">): {
  readonly pairs: string;
  readonly evidence: string;
} | null {
  const { pairs, slower, timesAsLong, evidence } = shadowPairs;
  if (pairs === 0) return null;
  const compared = timesAsLong === null ? "" : `: ${times(1, timesAsLong)}, slower in ${whole(slower)} of them`;
  return {
    pairs: `${counted(pairs, "pair", "pairs")}${compared}`,
    evidence: `Evidence that it is slower: ${evidenceWords(evidence)}; a person is asked at ${evidenceWords(threshold)}`,
  };
}
