import { shortTime } from "../../../ui/format.ts";

const seconds = new Intl.DateTimeFormat(undefined, {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  hourCycle: "h23",
});
const minutes = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });

/** A moment on an axis, as exactly as the span of its rows asks for: "14:05:20", "14:05" or "Tue 14:05". */
export function clockWords(atMs: number, rows: readonly { readonly atMs: number }[]): string {
  const spanMs = (rows.at(-1)?.atMs ?? atMs) - (rows[0]?.atMs ?? atMs);
  if (spanMs < 10 * 60_000) return seconds.format(atMs);
  return spanMs < 20 * 3_600_000 ? minutes.format(atMs) : shortTime(atMs);
}

/** Nothing before a chart is pointed at. */
export function momentWords(atMs: unknown): string {
  return typeof atMs === "number" ? `${shortTime(atMs).slice(0, -5)}${seconds.format(atMs)}` : "";
}
