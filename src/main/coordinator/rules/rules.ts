import {
  type Alert,
  alertLevel,
  type AlertLevel,
  alertRules,
  type AlertRules,
} from "../../../shared/contract/coordination.ts";

/** The rules until a person saves others. */
export const defaultRules: AlertRules = { desktop: "warning", webhook: null, quiet: null, muted: [] };

export interface Destinations {
  readonly desktop: boolean;
  /** The address, or null where nothing is sent. */
  readonly webhook: string | null;
  /** It would be sent to the desktop or the webhook, were it not for the quiet hours. */
  readonly suppressed: boolean;
}

/** Where an alert is sent, besides the screens. `minute` is the local minute of the day. In quiet hours only a critical one is sent. */
export function decide(rules: AlertRules, { level }: Pick<Alert, "level">, minute: number): Destinations {
  const desktop = rules.desktop !== null && reaches(level, rules.desktop);
  const webhook = rules.webhook !== null && reaches(level, rules.webhook.from) ? rules.webhook.url : null;
  if (level === "critical" || !isQuiet(rules.quiet, minute)) return { desktop, webhook, suppressed: false };
  return { desktop: false, webhook: null, suppressed: desktop || webhook !== null };
}

/** Whether a minute of the day is within the quiet hours, which may go over midnight; their last minute is not. */
export function isQuiet(quiet: AlertRules["quiet"], minute: number): boolean {
  if (quiet === null) return false;
  const { fromMinute, untilMinute } = quiet;
  return fromMinute <= untilMinute
    ? minute >= fromMinute && minute < untilMinute
    : minute >= fromMinute || minute < untilMinute;
}

/** Minutes until the quiet hours end, 1 to 1,440; 0 where it is not within them. */
export function minutesUntilLoud(quiet: AlertRules["quiet"], minute: number): number {
  if (quiet === null || !isQuiet(quiet, minute)) return 0;
  return (quiet.untilMinute - minute + 1_440) % 1_440 || 1_440;
}

/** Of alerts that quiet hours kept back, as one; null where none would have been sent to a destination that takes `from` and worse. */
export function digestOf(alerts: readonly Alert[], from: AlertLevel): Alert | null {
  const sent = alerts.filter(({ level }) => level !== "critical" && reaches(level, from));
  const worst = sent.toSorted((a, b) => alertLevel.options.indexOf(b.level) - alertLevel.options.indexOf(a.level))[0];
  if (!worst) return null;
  const named = sent.slice(0, digestNames).map(({ message }) => message);
  const more = sent.length - named.length;
  return {
    ...worst,
    message: `${sent.length === 1 ? "One alert" : `${sent.length} alerts`} during the quiet hours: ${named.join("; ")}${more > 0 ? `; and ${more} more` : ""}`,
    remedy: sent.length === 1 ? worst.remedy : "Look at them among the alerts.",
    location: sent.length === 1 ? worst.location : null,
  };
}

/** Of the alerts of a digest, so many are named. */
const digestNames = 5;

/** The lowest level of an alert that is sent to every destination the rules have. */
export function levelThatReachesAll({ desktop, webhook }: AlertRules): AlertLevel {
  const levels = [desktop, webhook?.from ?? null].flatMap((level) => level ?? []);
  return alertLevel.options.findLast((level) => levels.includes(level)) ?? "info";
}

/** The rules as they were stored; the default ones where nothing was, or it cannot be read. */
export function parseRules(kept: string | null): AlertRules {
  if (kept === null) return defaultRules;
  try {
    const parsed = alertRules.safeParse(JSON.parse(kept));
    return parsed.success ? parsed.data : defaultRules;
  } catch {
    return defaultRules;
  }
}

function reaches(level: AlertLevel, from: AlertLevel): boolean {
  return alertLevel.options.indexOf(level) >= alertLevel.options.indexOf(from);
}
