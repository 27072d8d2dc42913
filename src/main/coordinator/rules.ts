import {
  type Alert,
  alertLevel,
  type AlertLevel,
  alertRules,
  type AlertRules,
} from "../../shared/contract/coordination.ts";

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
