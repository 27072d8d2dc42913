/** More routes in a second than a line of the log should name. */
const maxNames = 20;
let names = new Set<string>();

/** What the main loop was just asked to do, by a route's name, so that a slow turn can be logged by it. */
export function noteActivity(name: string): void {
  if (names.size < maxNames) names.add(name);
}

/** What was noted since the last time, each name once. */
export function takeActivity(): string[] {
  if (names.size === 0) return [];
  const taken = [...names];
  names = new Set();
  return taken;
}
