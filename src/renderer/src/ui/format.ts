const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const weekday = new Intl.DateTimeFormat("en", { weekday: "short" });
const day = new Intl.DateTimeFormat("en", { day: "numeric", month: "short" });
const dayOfYear = new Intl.DateTimeFormat("en", { day: "numeric", month: "short", year: "numeric" });
const exact = new Intl.DateTimeFormat("en", { dateStyle: "full", timeStyle: "long" });
const integer = new Intl.NumberFormat("en");

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

/** "98.4 MB": decimal units, as download pages and Ollama count. */
export function bytes(count: number): string {
  if (count < 1_000) return `${count} B`;
  const units = ["kB", "MB", "GB", "TB"];
  let value = count / 1_000;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1_000;
    unit += 1;
  }
  return `${value < 100 ? value.toFixed(1) : value.toFixed(0)} ${units[unit] ?? ""}`;
}

/** "318 ms", "2.87 s", "3 min 5 s". */
export function duration(ms: number): string {
  if (ms < 1_000) return `${ms < 10 ? ms.toFixed(1) : ms.toFixed(0)} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(ms < 10_000 ? 2 : 1)} s`;
  const seconds = Math.round(ms / 1_000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** Time still to go, in whole seconds and never none: "1 s", "3 min 5 s". */
export function remaining(ms: number): string {
  const seconds = Math.max(1, Math.ceil(ms / 1_000));
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** "1,204 words", "1 word". */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${integer.format(count)} ${count === 1 ? one : many}`;
}

/** "sha256:9077fe9d2ae1", enough to tell two apart. */
export function shortDigest(digest: string): string {
  return digest.replace(/^sha256:/, "").slice(0, 12);
}

/** An address without its scheme, as people say it. */
export function shortAddress(url: string): string {
  return url.replace(/^https?:\/\//, "").replace(/\/$/, "");
}

/** "smollm2:135m @1.0", as a version is called everywhere on screen. */
export function versionName({ model, version }: { readonly model: string; readonly version: string }): string {
  return `${model} @${version}`;
}

/** "8,192". */
export function whole(count: number): string {
  return integer.format(count);
}

/** "48.2 tokens/s"; whole ones from a hundred on. */
export function speed(tokensPerSecond: number): string {
  return `${tokensPerSecond.toFixed(tokensPerSecond < 100 ? 1 : 0)} tokens/s`;
}
