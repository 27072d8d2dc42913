import type { RolloutAnalysis } from "../../../../../shared/contract/rollout-status.ts";
import type { ShownNumber } from "../../../../../shared/rollout-labels.ts";
import { counted, duration, whole } from "../../../../../shared/format.ts";

type Figures = RolloutAnalysis["arms"]["stable"];

/** One of the figures of both arms, in words. */
export interface ArmFigure {
  readonly name: string;
  readonly what: ShownNumber;
  readonly of: (figures: Figures) => string;
  readonly aside: (figures: Figures) => string;
  /** What stands beneath, where there is anything. */
  readonly below?: (figures: Figures) => string;
  readonly difference: (stable: Figures, candidate: Figures) => string;
}

const none = "–";
const severitiesOf = ["critical", "high", "medium", "low"] as const;

/** The same figures for each arm, side by side. */
export const armFigures: readonly ArmFigure[] = [
  {
    name: "Latency a token",
    what: "msPerToken",
    of: ({ msPerTokenP50 }) => (msPerTokenP50 === null ? none : `${msPerTokenP50.toFixed(1)} ms`),
    aside: ({ msPerTokenP50, clock }) =>
      msPerTokenP50 === null ? "" : clock === "server" ? "by its server’s clock" : "by our clock",
    difference: (stable, candidate) => times(stable.msPerTokenP50, candidate.msPerTokenP50),
  },
  {
    name: "Whole answer",
    what: "totalMs",
    of: ({ totalP50Ms }) => time(totalP50Ms),
    aside: ({ totalP95Ms }) => (totalP95Ms === null ? "" : `p95 ${duration(totalP95Ms)}`),
    difference: (stable, candidate) => times(stable.totalP50Ms, candidate.totalP50Ms),
  },
  {
    name: "First token",
    what: "firstTokenMs",
    of: ({ firstTokenP50Ms }) => time(firstTokenP50Ms),
    aside: () => "",
    difference: (stable, candidate) => times(stable.firstTokenP50Ms, candidate.firstTokenP50Ms),
  },
  {
    name: "Loading the model",
    what: "loads",
    of: ({ loads, loadMs }) => (loads === 0 ? "none seen" : `${duration(loadMs)} in all`),
    aside: ({ loads, calls }) => (loads === 0 ? "" : `${counted(loads, "call")} of ${whole(calls)} waited for it`),
    difference: (stable, candidate) => {
      const more = candidate.loadMs - stable.loadMs;
      if (stable.loads + candidate.loads === 0) return none;
      return `${duration(stable.loadMs + candidate.loadMs)} for both${more === 0 ? "" : ", in none of the times above"}`;
    },
  },
  {
    name: "Errors",
    what: "errors",
    of: ({ errors, calls }) => shareOf(errors, calls),
    aside: ({ errors, calls }) => (calls === 0 ? "" : `${whole(errors)} of ${whole(calls)}`),
    difference: (stable, candidate) => points(stable.errors, stable.calls, candidate.errors, candidate.calls),
  },
  {
    name: "Violations",
    what: "violations",
    of: ({ violations, calls }) => shareOf(violations, calls),
    aside: ({ violations, held, calls }) =>
      calls === 0 ? "" : `${whole(violations)} of ${whole(calls)}${held > 0 ? `, ${whole(held)} held` : ""}`,
    below: ({ severities }) =>
      severitiesOf
        .filter((severity) => severities[severity] > 0)
        .map((severity) => `${whole(severities[severity])} ${severity}`)
        .join(", "),
    difference: (stable, candidate) => points(stable.violations, stable.calls, candidate.violations, candidate.calls),
  },
];

/** "1.8 times as long", "12 % faster", "the same": what a person would say of two latencies. */
export function times(stable: number | null, candidate: number | null): string {
  if (stable === null || candidate === null || stable <= 0 || candidate <= 0) return none;
  const ratio = candidate / stable;
  if (ratio >= 1.5) return `${ratio.toFixed(1)} times as long`;
  const percent = Math.round(Math.abs(ratio - 1) * 100);
  if (percent < 1) return "the same";
  return `${percent} % ${ratio > 1 ? "slower" : "faster"}`;
}

/** "4 points more": the difference of two shares of calls, in percentage points. */
export function points(stableEvents: number, stableCalls: number, events: number, calls: number): string {
  if (stableCalls === 0 || calls === 0) return none;
  const difference = (events / calls - stableEvents / stableCalls) * 100;
  if (Math.abs(difference) < 0.05) return "the same";
  const size = Math.abs(difference);
  return `${size < 10 ? size.toFixed(1) : Math.round(size)} points ${difference > 0 ? "more" : "fewer"}`;
}

function time(ms: number | null): string {
  return ms === null ? none : duration(ms);
}

function shareOf(events: number, calls: number): string {
  if (calls === 0) return none;
  const percent = (events / calls) * 100;
  return `${percent === 0 || percent >= 10 ? percent.toFixed(0) : percent.toFixed(1)} %`;
}
