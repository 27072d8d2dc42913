import type { ReadOccasion } from "./contract/assignment-reading.ts";

/** Why the assignments were read then, in words that follow a time. */
export const occasionLabels: Readonly<Record<ReadOccasion, string>> = {
  first_use: "at their first use",
  broadcast: "after an update was broadcast",
  period: "by the periodic refresh",
};
