import {
  type Alert,
  alertLevel,
  type AlertLevel,
  alertRules,
  type AlertRules,
} from "../../shared/contract/coordination.ts";

/** What is told where until somebody says otherwise. */
export const defaultRules: AlertRules = { desktop: "warning", webhook: null, quiet: null, muted: [] };

export interface Destinations {
  readonly desktop: boolean;
  /** The address, or null where it is not told there. */
  readonly webhook: string | null;
  /** Somewhere else than on the screens it would be told, were it not for the quiet hours. */
  readonly suppressed: boolean;
}

/** Where an alert is told beside the screens. `minute` is the local minute of the day. In quiet hours only a critical one is. */
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

/** The mildest alert that is told everywhere where the rules tell anything. */
export function levelThatReachesAll({ desktop, webhook }: AlertRules): AlertLevel {
  const levels = [desktop, webhook?.from ?? null].flatMap((level) => level ?? []);
  return alertLevel.options.findLast((level) => levels.includes(level)) ?? "info";
}

/** The rules as they were kept; what cannot be read is as if it had never been kept. */
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
