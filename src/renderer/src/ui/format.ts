const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const weekday = new Intl.DateTimeFormat("en", { weekday: "short" });
const day = new Intl.DateTimeFormat("en", { day: "numeric", month: "short" });
const dayOfYear = new Intl.DateTimeFormat("en", { day: "numeric", month: "short", year: "numeric" });
const exact = new Intl.DateTimeFormat("en", { dateStyle: "full", timeStyle: "long" });

const weekMs = 6 * 24 * 60 * 60 * 1_000;

/** Local time for a glance: "Tue 14:05" within the last week, "3 Nov 14:05" before, with the year once that differs. */
export function shortTime(atMs: number, nowMs = Date.now()): string {
  const at = new Date(atMs);
  const time = clock.format(at);
  if (Math.abs(nowMs - atMs) < weekMs) return `${weekday.format(at)} ${time}`;
  return at.getFullYear() === new Date(nowMs).getFullYear()
    ? `${day.format(at)} ${time}`
    : `${dayOfYear.format(at)} ${time}`;
}

/** The exact local time and the same instant in UTC, for a hover. */
export function exactTime(atMs: number): string {
  return `${exact.format(new Date(atMs))}\n${new Date(atMs).toISOString()} UTC`;
}
