import { Failure } from "../base/failure.ts";

const defaultSeconds = 300;
const maxSeconds = 86_400;

/**
 * How long the drill of `--drill registry` or `--drill registry:SECONDS` lasts, in milliseconds (five minutes unless said); undefined where none
 * is asked for. Throws `Failure` for anything else.
 */
export function drillMs(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const found = /^registry(?::(\d{1,5}))?$/.exec(value);
  const seconds = Number(found?.[1] ?? defaultSeconds);
  if (found !== null && seconds >= 1 && seconds <= maxSeconds) return seconds * 1000;
  throw new Failure("BAD_REQUEST", `--drill ${value} is not a drill.`, {
    field: "--drill",
    value,
    remedy: `Write registry, or registry:SECONDS with 1 to ${maxSeconds} seconds.`,
  });
}
