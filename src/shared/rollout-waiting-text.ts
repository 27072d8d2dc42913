import type { SuiteId } from "./contract/ids.ts";
import type { RolloutMetric } from "./contract/rollout-plan.ts";
import type {
  LeadingMetric,
  RolloutCause,
  SafeguardBreach,
  WaitingFor,
  WaitingPart,
} from "./contract/rollout-waiting.ts";
import { counted, spanText, threeDigits, whole } from "./format.ts";
import type { ShownNumber } from "./rollout-labels.ts";

/** A piece of a sentence, with what a screen can make of it. */
export type WaitingPhrase =
  | { readonly kind: "text"; readonly text: string }
  /** Has a definition. */
  | { readonly kind: "number"; readonly text: string; readonly what: ShownNumber }
  /** Changes with time alone. */
  | { readonly kind: "clock"; readonly text: string }
  | { readonly kind: "suite"; readonly text: string; readonly suiteId: SuiteId };

/**
 * What a rollout waits for, in a sentence without a full stop.
 *
 * @example
 * waitingSentence([{ kind: "units", left: 18, unit: "session", inProgress: 2 }], Date.now());
 * // "Waiting for 18 more sessions (2 sessions in progress)"
 */
export function waitingSentence(parts: WaitingFor, nowMs: number): string {
  return textOf(waitingPhrases(parts, nowMs));
}

/** The same sentence, cut where its numbers, times and names stand. */
export function waitingPhrases(parts: WaitingFor, nowMs: number): readonly WaitingPhrase[] {
  return parts.flatMap((part, index) => {
    const written = phrasesOf(part, nowMs);
    if (index === 0) return written;
    return [words(part.kind === "failing" ? ". " : "; "), ...written];
  });
}

/** Why a rollout paused or ended, in a sentence without a full stop. */
export function causeText(cause: RolloutCause): string {
  return textOf(causePhrases(cause));
}

function causePhrases(cause: RolloutCause): WaitingPhrase[] {
  switch (cause.kind) {
    case "evidence":
      return [
        words(
          cause.leading ? `${leadingText(cause.leading)} (evidence ` : "The evidence against the candidate reached ",
        ),
        number("evidence", thresholdText(cause.evidence, cause.threshold)),
        words(cause.leading ? ")" : ""),
      ];
    case "safeguard":
      return [words(breachText(cause.breach))];
    case "shadow_evidence":
      return [
        words("On the same prompts it is slower: the evidence of its shadow responses reached "),
        number("shadowEvidence", thresholdText(cause.evidence, cause.threshold)),
      ];
    case "too_few_units":
      return [words("Its time is up with "), number("units", `${whole(cause.units)} of ${whole(cause.wanted)} units`)];
    case "not_proven":
      return [
        words("Its time is up, and it is not shown that the candidate is no slower ("),
        number("pass", thresholdText(cause.pass, cause.threshold)),
        words(")"),
      ];
  }
}

const worse: Readonly<Record<RolloutMetric, string>> = {
  msPerToken: "It takes longer for each token",
  totalMs: "Its answers take longer",
  firstTokenMs: "Its first token takes longer",
  tail: "It has more slow answers",
  errors: "More of its calls fail",
  violations: "More of its answers have findings",
  fallbacks: "More of its calls need a fallback",
  rating: "Its answers are rated lower",
};

/** What speaks against the candidate most, with both arms' figures: "It takes longer for each token: 41.2 ms, stable 20.1 ms". */
function leadingText({ metric, stable, candidate }: LeadingMetric): string {
  const figure = (value: number | null): string => {
    if (value === null) return "none known";
    if (metric === "errors" || metric === "violations" || metric === "fallbacks")
      return `${threeDigits(value * 100)} % of its calls`;
    if (metric === "tail") return `p95 ${threeDigits(value)} ms`;
    return metric === "rating" ? threeDigits(value) : `${threeDigits(value)} ms`;
  };
  return `${worse[metric]}: ${figure(candidate)}, the stable version ${figure(stable)}`;
}

function breachText({ what, events, calls, stableEvents, stableCalls }: SafeguardBreach): string {
  const of = { errors: "calls failed", held: "answers were held back", critical: "answers had a critical finding" }[
    what
  ];
  const beside =
    stableCalls === 0
      ? "nothing is known yet of the stable version’s"
      : `of the stable version’s ${whole(stableEvents)} of ${whole(stableCalls)}`;
  return `${whole(events)} of the candidate’s ${whole(calls)} ${of}; ${beside}`;
}

type Writers = { readonly [Kind in WaitingPart["kind"]]: (part: PartOf<Kind>, nowMs: number) => WaitingPhrase[] };
type PartOf<Kind extends WaitingPart["kind"]> = Extract<WaitingPart, { kind: Kind }>;

const writers: Writers = {
  start: ({ atMs }, nowMs) => [words("Starts in "), left(atMs, nowMs)],
  warm_up: () => [words("Waiting for the candidate to be loaded and to answer")],
  next_step: () => [words("Continuing with the next step")],
  units: ({ left: count, unit, inProgress }) => [
    words("Waiting for "),
    number("units", counted(count, `more ${unit}`)),
    words(inProgress === 0 ? "" : ` (${counted(inProgress, unit)} in progress)`),
  ],
  first_unit: ({ arm, unit }) => [
    words(`Waiting for a first ${unit} on the ${arm === "stable" ? "stable version" : "candidate"}`),
  ],
  proof: ({ pass, threshold }) => [
    words("Waiting for proof that the candidate is not slower by more than a quarter: "),
    number("pass", thresholdText(pass, threshold)),
  ],
  evidence: ({ evidence, threshold }) => [
    words("evidence "),
    number("evidence", thresholdText(evidence, threshold)),
    words(" against the candidate"),
  ],
  step_ends: ({ atMs }, nowMs) => [words("at most "), left(atMs, nowMs), words(" more")],
  plan_pause: ({ untilMs }, nowMs) =>
    untilMs === null
      ? [words("Paused by the plan")]
      : [words("Paused by the plan for "), left(untilMs, nowMs), words(" more")],
  person: (part) => [
    words(`Waiting for a person to ${part.toDecide === "resume" ? "resume it" : "resume or abort it"}: `),
    ...whyPhrases(part),
  ],
  gate: ({ question, suiteId }) => [
    words("Waiting at a gate: "),
    suiteId === null ? words(question) : { kind: "suite", text: question, suiteId },
  ],
  watch: ({ untilMs, holdbackPercent }, nowMs) => [
    words("Watching the candidate for "),
    left(untilMs, nowMs),
    words(" more"),
    ...(holdbackPercent > 0
      ? [
          words("; "),
          number("holdback", `${threeDigits(holdbackPercent)} %`),
          words(" stay on the old version for comparison"),
        ]
      : []),
  ],
  assignment: () => [words("Waiting for the candidate to be recorded as the stable version")],
  finishing: () => [words("Finishing")],
  rolling_back: () => [words("Taking every call back to the stable version")],
  rolled_back: (part) => [
    words("Rolled back: "),
    ...whyPhrases(part),
    words(". Retry it, or roll out another version"),
  ],
  promoted: () => [words("Nothing: the candidate is the stable version now")],
  failing: ({ error }) => [words(`That did not work yet, and is tried again: ${error}`)],
};

function phrasesOf(part: WaitingPart, nowMs: number): WaitingPhrase[] {
  // The part's kind picks the writer of its own kind, which TypeScript does not follow.
  const write = writers[part.kind] as (part: WaitingPart, nowMs: number) => WaitingPhrase[];
  return write(part, nowMs).filter(({ text }) => text !== "");
}

function whyPhrases({ message, cause }: PartOf<"person" | "rolled_back">): WaitingPhrase[] {
  const [first, ...more] = cause ? causePhrases(cause) : [words(message)];
  return first ? [{ ...first, text: lowerFirst(first.text) }, ...more] : [];
}

function words(text: string): WaitingPhrase {
  return { kind: "text", text };
}

function number(what: ShownNumber, text: string): WaitingPhrase {
  return { kind: "number", text, what };
}

function left(untilMs: number, nowMs: number): WaitingPhrase {
  return { kind: "clock", text: spanText(untilMs - nowMs) };
}

function textOf(phrases: readonly WaitingPhrase[]): string {
  return phrases.map(({ text }) => text).join("");
}

function thresholdText(value: number, threshold: number): string {
  return `${threeDigits(value)} of ${threeDigits(threshold)}`;
}

/** "AI found …" and the like keep their capitals. */
function lowerFirst(text: string): string {
  const second = text.charAt(1);
  return second === second.toLowerCase() ? text.charAt(0).toLowerCase() + text.slice(1) : text;
}
