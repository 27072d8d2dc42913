import { Refusal } from "../http/refusal.ts";

const seconds: Readonly<Record<string, number>> = {
  ns: 1e-9,
  us: 1e-6,
  µs: 1e-6,
  μs: 1e-6,
  ms: 1e-3,
  s: 1,
  m: 60,
  h: 3600,
};
const maxSeconds = 31_536_000;
const part = /(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)/y;

/**
 * `keep_alive` in seconds, -1 for ever, from a number of seconds or a Go duration such as `5m` or `1h30m`. Refused with
 * Ollama's message when it is neither.
 */
export function keepAliveSeconds(value: unknown): number | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === "number") return inRange(value);
  if (typeof value === "string") return inRange(goDuration(value));
  const kind =
    typeof value === "boolean" ? "bool" : Array.isArray(value) ? "[]interface {}" : "map[string]interface {}";
  throw new Refusal(400, "invalid_type", `Unsupported type: '${kind}'`, { param: "keep_alive" });
}

function goDuration(text: string): number {
  const unsigned = text.replace(/^[+-]/, "");
  const sign = text.startsWith("-") ? -1 : 1;
  if (unsigned === "0") return 0;
  let total = 0;
  part.lastIndex = 0;
  let at = 0;
  while (at < unsigned.length) {
    part.lastIndex = at;
    const match = part.exec(unsigned);
    if (!match) throw invalid(text, /^[\d.]+$/.test(unsigned.slice(at)));
    total += Number(match[1]) * (seconds[match[2] ?? ""] ?? 0);
    at = part.lastIndex;
  }
  if (unsigned === "") throw invalid(text, false);
  return sign * total;
}

function invalid(text: string, withoutUnit: boolean): Refusal {
  const what = withoutUnit ? "missing unit in duration" : "invalid duration";
  return new Refusal(400, "invalid_value", `time: ${what} ${JSON.stringify(text)}`, { param: "keep_alive" });
}

function inRange(value: number): number {
  return value < 0 ? -1 : Math.min(value, maxSeconds);
}
