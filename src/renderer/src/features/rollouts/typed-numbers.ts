/** What is wrong, by the path of its field. */
export type Errors = Readonly<Record<string, string>>;

const unitMs = { s: 1_000, min: 60_000, h: 3_600_000, d: 86_400_000 };
export type SpanUnit = keyof typeof unitMs;
export const spanUnits: readonly { readonly value: SpanUnit; readonly label: string }[] = [
  { value: "s", label: "s" },
  { value: "min", label: "min" },
  { value: "h", label: "h" },
  { value: "d", label: "days" },
];

/** A length of time as typed: an amount and its unit. */
export interface SpanDraft {
  readonly amount: string;
  readonly unit: SpanUnit;
}

type ParsedNumber = { readonly value: number; readonly error: string | null };

const maxMs = 30 * unitMs.d;

export function span(amount: string, unit: SpanUnit): SpanDraft {
  return { amount, unit };
}

/** A length of time in its largest whole unit, as one would type it. */
export function spanFrom(ms: number): SpanDraft {
  const unit = (["d", "h", "min"] as const).find((one) => ms % unitMs[one] === 0) ?? "s";
  return { amount: String(ms / unitMs[unit]), unit };
}

/** A number within its bounds; where it is not one, what to give instead. */
export function readNumber(typed: string, low: number, high: number, whole: boolean): ParsedNumber {
  const value = Number(typed);
  const within = typed.trim() !== "" && Number.isFinite(value) && value >= low && value <= high;
  if (within && (!whole || Number.isInteger(value))) return { value, error: null };
  const kind = whole ? "a whole number" : "a number";
  return { value: 0, error: `Give ${kind} from ${low.toLocaleString("en")} to ${high.toLocaleString("en")}.` };
}

/** Milliseconds, from a second to 30 days. */
export function readSpan({ amount, unit }: SpanDraft): ParsedNumber {
  const value = Math.round(Number(amount) * unitMs[unit]);
  if (amount.trim() !== "" && value >= unitMs.s && value <= maxMs) return { value, error: null };
  return { value: 0, error: "Give a time from 1 s to 30 days." };
}
