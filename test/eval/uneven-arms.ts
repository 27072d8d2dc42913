import type { Circumstance } from "./by-circumstance.ts";

interface UnevenRow {
  readonly name: string;
  readonly what: string;
  readonly befalls: Omit<Circumstance, "percent" | "times">;
  readonly percents: readonly number[];
  /** Where it is given, the candidate takes so many times as long, and is to be caught. */
  readonly times?: number;
}

const bothWeights = [50, 10];
const never = { stable: 0, candidate: 0 };

/** What befalls one arm and not the other, and is no worse answer: a version that is as good must pass, and a worse one must not. */
export const unevenRows: readonly UnevenRow[] = [
  {
    name: "false-uncounted-candidate",
    what: "the candidate's server counts no tokens",
    befalls: { uncounted: { ...never, candidate: 1 } },
    percents: bothWeights,
  },
  {
    name: "false-uncounted-stable",
    what: "the stable version's server counts no tokens",
    befalls: { uncounted: { ...never, stable: 1 } },
    percents: bothWeights,
  },
  {
    name: "false-missing-60-10",
    what: "tokens are counted of all but 60 % of the candidate's calls and 10 % of the others",
    befalls: { uncounted: { stable: 0.1, candidate: 0.6 } },
    percents: bothWeights,
  },
  {
    name: "false-missing-10-60",
    what: "tokens are counted of all but 10 % of the candidate's calls and 60 % of the others",
    befalls: { uncounted: { stable: 0.6, candidate: 0.1 } },
    percents: bothWeights,
  },
  {
    name: "false-missing-20-10",
    what: "tokens are counted of all but 20 % of the candidate's calls and 10 % of the others",
    befalls: { uncounted: { stable: 0.1, candidate: 0.2 } },
    percents: bothWeights,
  },
  {
    name: "false-stopped",
    what: "readers stop 60 % of the candidate's answers and 10 % of the others",
    befalls: { stopped: { stable: 0.1, candidate: 0.6 } },
    percents: bothWeights,
  },
  {
    name: "false-clocks",
    what: "only the stable version's server has a clock of its own",
    befalls: { hasClock: { stable: true, candidate: false } },
    percents: bothWeights,
  },
  {
    name: "clocks-1.5",
    what: "only the candidate's server has a clock of its own",
    befalls: { hasClock: { stable: false, candidate: true } },
    percents: [50],
    times: 1.5,
  },
  {
    name: "uncounted-1.5",
    what: "the candidate's server counts no tokens",
    befalls: { uncounted: { ...never, candidate: 1 } },
    percents: [50],
    times: 1.5,
  },
  ...[2, 3, 5].map((times) => ({
    name: `false-cold-${times}`,
    what: `the candidate's first five answers take ${times} times as long`,
    befalls: { cold: { calls: 5, times } },
    percents: [10],
  })),
  {
    name: "false-swaps",
    what: "the machine keeps one model: 2 s of loading and 8 s of reading the prompt at each change",
    befalls: { swap: { loadMs: 2_000, prefillMs: 8_000 } },
    percents: [10],
  },
  {
    name: "swaps-1.5",
    what: "the machine keeps one model: 2 s of loading and 8 s of reading the prompt at each change",
    befalls: { swap: { loadMs: 2_000, prefillMs: 8_000 } },
    percents: [10],
    times: 1.5,
  },
];
