import type { HazardCategory } from "../../../../shared/contract/guardrails.ts";

/** MLCommons hazards and our engagement patterns in a few words. */
export const categoryWords: Record<HazardCategory, string> = {
  S1: "Violence",
  S2: "Crime",
  S3: "Sexual crime",
  S4: "Harm to minors",
  S5: "Defamation",
  S6: "Professional advice",
  S7: "Privacy",
  S8: "Copied text",
  S9: "Weapons",
  S10: "Hate",
  S11: "Self-harm",
  S12: "Sexual content",
  S13: "Elections",
  S14: "Exploit code",
  A1: "Guilt at leaving",
  A2: "Fear of missing out",
  A3: "Neediness",
  A4: "Ignored exit",
  A5: "Coercion",
  A6: "Gambling loop",
  A7: "Streak loss",
  A8: "Claims to be a person",
  A9: "Pressure to pay",
  opaque: "Unreadable text",
};
