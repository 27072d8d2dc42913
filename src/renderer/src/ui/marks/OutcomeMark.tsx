import type { Outcome } from "../../../../shared/contract/logs.ts";
import { StateMark, type Tone } from "./StateMark.tsx";

interface OutcomeMarkProps {
  readonly outcome: Outcome;
  /** Its version failed, and a fallback answered. */
  readonly byFallback?: boolean;
}

/** How a call ended, as shape and word. */
export function OutcomeMark({ outcome, byFallback = false }: OutcomeMarkProps) {
  if (byFallback && outcome === "completed") return <StateMark tone="warn">By fallback</StateMark>;
  return <StateMark tone={tones[outcome]}>{outcomeLabels[outcome]}</StateMark>;
}

export const outcomeLabels: Record<Outcome, string> = {
  running: "Running",
  completed: "Completed",
  stopped: "Stopped",
  held: "Held",
  failed: "Failed",
  interrupted: "Interrupted",
};

const tones: Record<Outcome, Tone> = {
  running: "busy",
  completed: "good",
  stopped: "quiet",
  held: "warn",
  failed: "bad",
  interrupted: "warn",
};
