const integer = new Intl.NumberFormat("en");

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

/** Time still to go, in whole seconds and never none: "1 s", "3 min 5 s", "2 h 10 min". */
export function remaining(ms: number): string {
  const seconds = Math.max(1, Math.ceil(ms / 1_000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes} min ${seconds % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** Rounded up, in the largest unit that says it in one number or two: "60 s", "89 min", "1 h 45 min", "3 days". */
export function spanText(givenMs: number): string {
  const seconds = Math.max(0, Math.ceil(givenMs / 1_000));
  if (seconds < 90) return `${seconds} s`;
  const minutes = Math.ceil(seconds / 60);
  if (minutes < 90) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  return `${Math.round(hours / 24)} days`;
}

/** "1,204 words", "1 word". */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${whole(count)} ${count === 1 ? one : many}`;
}

/** "9077fe9d2ae1" of "sha256:9077fe9d2ae1...": enough to tell two apart. */
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

/** "6.95", "1,230": to three significant digits. */
export function threeDigits(value: number): string {
  return value.toLocaleString("en", { maximumSignificantDigits: 3 });
}
