import type { AlertKind, AlertLevel } from "../../../../shared/contract/coordination.ts";
import type { Tone } from "../../ui/marks/StateMark.tsx";

export const levelWords: Record<AlertLevel, string> = { info: "Info", warning: "Warning", critical: "Critical" };
export const levelTones: Record<AlertLevel, Tone> = { info: "quiet", warning: "warn", critical: "bad" };

export const kindWords: Record<AlertKind, string> = {
  violation: "Violation",
  rollout: "Rollout",
  drift: "Drift",
  delivery: "Delivery",
  endpoint: "Server",
};

/** What raises an alert of a kind. */
export const kindExplained: Record<AlertKind, string> = {
  violation: "An answer was held for a finding of high or critical severity.",
  rollout: "A rollout was rolled back, is inconclusive, is stuck, or waits for a person.",
  drift: "A version is not what was registered any more.",
  delivery: "A subscriber or a webhook does not accept what it is sent.",
  endpoint: "A server that answers a use case is down.",
};

/** Minutes of the day as a time field has them: 1,350 is "22:30". */
export function clockOf(minute: number): string {
  return `${String(Math.floor(minute / 60)).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;
}

/** The minute of the day of a time field; null where it is empty. */
export function minuteOf(clock: string): number | null {
  const found = /^(\d\d):(\d\d)/.exec(clock);
  if (found === null) return null;
  const minute = Number(found[1]) * 60 + Number(found[2]);
  return minute < 1_440 ? minute : null;
}

/** The first sentence of an alert, which names it, and the others. */
export function headlineOf(message: string): { readonly headline: string; readonly rest: string } {
  const end = /\.\s/.exec(message)?.index;
  if (end === undefined) return { headline: message, rest: "" };
  return { headline: message.slice(0, end + 1), rest: message.slice(end + 2) };
}

/** Which alerts a rule covers that begins at a level. */
export function levelRange(level: AlertLevel): string {
  return level === "critical" ? "Critical alone" : level === "info" ? "Everything" : `${levelWords[level]} and worse`;
}
