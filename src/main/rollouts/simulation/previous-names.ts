/** Fields of a simulation's file that had other names before. */
const currentNames: Readonly<Record<string, string>> = {
  heldShare: "blockedShare",
  sessionMostCalls: "maxCallsPerSession",
  mostCallsARun: "maxCallsPerRun",
};

/**
 * A simulation's file with its fields named as they are now; where both names are given, the current one counts. Anything else
 * in it, of whatever type, stays as it is.
 *
 * @example withCurrentNames({ mostCallsARun: 500 }) // { maxCallsPerRun: 500 }
 */
export function withCurrentNames(given: unknown): unknown {
  if (typeof given !== "object" || given === null || Array.isArray(given)) return given;
  const entries = Object.entries(given).map(([name, value]) => [currentName(given, name), withCurrentNames(value)]);
  return Object.fromEntries(entries);
}

function currentName(given: object, name: string): string {
  const current = Object.hasOwn(currentNames, name) ? currentNames[name] : undefined;
  return current === undefined || Object.hasOwn(given, current) ? name : current;
}
