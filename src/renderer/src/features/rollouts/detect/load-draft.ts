import type { SimulatedTraffic } from "../../../../../shared/contract/rollout-simulation.ts";
import { type Errors, readNumber } from "../typed-numbers.ts";

/** A load as typed; shares are percentages. */
export interface LoadDraft {
  readonly callsPerHour: string;
  readonly callsPerSession: string;
  readonly msPerToken: string;
  readonly firstTokenMs: string;
  readonly answerTokens: string;
  readonly errorPercent: string;
  readonly violationPercent: string;
}

/** A desk with one busy reader. */
export const usualLoad: LoadDraft = {
  callsPerHour: "50",
  callsPerSession: "4",
  msPerToken: "25",
  firstTokenMs: "300",
  answerTokens: "150",
  errorPercent: "1",
  violationPercent: "0.2",
};

export const loadFields: readonly {
  readonly name: keyof LoadDraft;
  readonly label: string;
  readonly low: number;
  readonly high: number;
}[] = [
  { name: "callsPerHour", label: "Calls an hour", low: 0.01, high: 1_000_000 },
  { name: "callsPerSession", label: "Calls a session", low: 1, high: 1_000 },
  { name: "msPerToken", label: "Latency a token, ms", low: 0.01, high: 60_000 },
  { name: "firstTokenMs", label: "First token, ms", low: 0.01, high: 3_600_000 },
  { name: "answerTokens", label: "Tokens an answer", low: 1, high: 1_000_000 },
  { name: "errorPercent", label: "Errors, %", low: 0, high: 100 },
  { name: "violationPercent", label: "Violations, %", low: 0, high: 100 },
];

/** How much sessions differ from each other where a session has more than one call: what was measured on a desk. */
const betweenSessions = 0.3;

/** The load as traffic to simulate with; what is wrong by its field. */
export function readLoad(draft: LoadDraft): { readonly traffic: SimulatedTraffic | null; readonly errors: Errors } {
  const errors: Record<string, string> = {};
  const value: Record<string, number> = {};
  for (const { name, low, high } of loadFields) {
    const read = readNumber(draft[name], low, high, false);
    if (read.error !== null) errors[name] = read.error;
    value[name] = read.value;
  }
  if (Object.keys(errors).length > 0) return { traffic: null, errors };
  const of = (name: keyof LoadDraft): number => value[name] ?? 0; // every field was read above
  const callsPerSession = of("callsPerSession");
  return {
    errors,
    traffic: {
      type: "load",
      callsPerHour: of("callsPerHour"),
      callsPerSession,
      betweenSessions: callsPerSession > 1 ? betweenSessions : 0,
      promptTokens: { median: 500, sigma: 0.6 },
      answerTokens: { median: of("answerTokens"), sigma: 0.6 },
      stable: {
        msPerToken: { median: of("msPerToken"), sigma: 0.6 },
        firstTokenMs: { median: of("firstTokenMs"), sigma: 0.6 },
        errorShare: of("errorPercent") / 100,
        violationShare: of("violationPercent") / 100,
        blockedShare: 0.2,
      },
    },
  };
}
