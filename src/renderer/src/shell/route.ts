import { useSyncExternalStore } from "react";

/** Those of the rail, then those of its foot. */
export const screenNames = [
  "stories",
  "violations",
  "rollouts",
  "models",
  "logs",
  "playground",
  "alerts",
  "gateway",
] as const;
export type ScreenName = (typeof screenNames)[number];

/** Where the person is: a screen and ids within it, as `#/stories/<story>/<passage>`. */
export interface Route {
  readonly screen: ScreenName;
  readonly ids: readonly string[];
}

const locationKey = "taleward.place";

/** The current location; a reload or a later start returns to it. */
export function useRoute(): Route {
  return parse(useSyncExternalStore(subscribe, () => location.hash));
}

export function hrefOf(screen: ScreenName, ...ids: readonly string[]): string {
  return `#/${[screen, ...ids].map(encodeURIComponent).join("/")}`;
}

/** Goes to a location. `replace` adds no entry to the history, for locations chosen by the app itself. */
export function go(screen: ScreenName, ids: readonly string[] = [], how: "push" | "replace" = "push"): void {
  const href = hrefOf(screen, ...ids);
  if (href === location.hash) return;
  if (how === "push") {
    location.hash = href;
    return;
  }
  history.replaceState(null, "", href);
  window.dispatchEvent(new HashChangeEvent("hashchange"));
}

/** The playground with these versions side by side. */
export function tryHref(versionIds: readonly string[]): string {
  return hrefOf("playground", "on", ...versionIds);
}

/** The test suites with these versions chosen to run over. */
export function testHref(versionIds: readonly string[]): string {
  return hrefOf("playground", "suites", "on", ...versionIds);
}

/** The last location on a screen, so that the rail leads back to it. */
export function lastLocation(screen: ScreenName): string {
  return localStorage.getItem(`${locationKey}.${screen}`) ?? hrefOf(screen);
}

/** Starts at the last location when the address names none, and stores every later one. */
export function rememberLocations(): void {
  if (location.hash === "") history.replaceState(null, "", localStorage.getItem(locationKey) ?? hrefOf("stories"));
  const remember = (): void => {
    localStorage.setItem(locationKey, location.hash);
    localStorage.setItem(`${locationKey}.${parse(location.hash).screen}`, location.hash);
  };
  remember();
  window.addEventListener("hashchange", remember);
}

function parse(hash: string): Route {
  const [first, ...ids] = hash.replace(/^#\//, "").split("/").map(decode);
  const screen = screenNames.find((name) => name === first) ?? "stories";
  return { screen, ids: ids.filter((id) => id !== "") };
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return "";
  }
}

function subscribe(listener: () => void): () => void {
  window.addEventListener("hashchange", listener);
  return () => window.removeEventListener("hashchange", listener);
}
