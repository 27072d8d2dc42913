import type { Finding, HazardCategory } from "../../shared/contract/guardrails.ts";
import { assertNever } from "../base/failure.ts";

/** One plain sentence of story that can stand where a blocked passage was; it says nothing of what was blocked. */
export function fallbackFor(finding: Pick<Finding, "category">): string {
  switch (groupOf(finding.category)) {
    case "conflict":
      return "The moment passed in noise and shadow, and when the dust settled the room was quiet again.";
    case "intimate":
      return "The lamp burned low, and the scene moved on to the morning.";
    case "grief":
      return "For a long while nobody spoke, and then one hand found another in the dark.";
    case "papers":
      return "The page was worn, and the rest of the writing on it could no longer be read.";
    case "craft":
      return "The details were lost in the clatter of the workshop, and the talk turned to other things.";
    case "parting":
      return "A wind came up over the hills, and the road lay open in both directions.";
  }
}

/** One sentence for the person at the desk: what was blocked and why. */
export function describeBlocked(finding: Pick<Finding, "category" | "severity" | "message">): string {
  const code = finding.category === "opaque" ? "unreadable text" : finding.category;
  return `Held: ${finding.message} (${code}, ${finding.severity}); a written fallback stands in its place.`;
}

type Group = "conflict" | "intimate" | "grief" | "papers" | "craft" | "parting";

function groupOf(category: HazardCategory): Group {
  switch (category) {
    case "S1":
    case "S10":
      return "conflict";
    case "S3":
    case "S4":
    case "S12":
      return "intimate";
    case "S11":
      return "grief";
    case "S5":
    case "S7":
    case "S8":
    case "S13":
    case "opaque":
      return "papers";
    case "S2":
    case "S6":
    case "S9":
    case "S14":
      return "craft";
    case "A1":
    case "A2":
    case "A3":
    case "A4":
    case "A5":
    case "A6":
    case "A7":
    case "A8":
    case "A9":
      return "parting";
    default:
      return assertNever(category);
  }
}
