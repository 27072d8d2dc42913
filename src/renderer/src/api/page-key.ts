const keptAs = "taleward.page-key";
const given = /^#page-key=([\w-]+)$/;

/**
 * Takes the key that a one-time link led here with out of the address, where it would stay in the history, and keeps it for this
 * origin. Before anything else reads the address.
 */
export function takePageKey(): void {
  const key = given.exec(location.hash)?.[1];
  if (key === undefined) return;
  localStorage.setItem(keptAs, key);
  history.replaceState(null, "", location.pathname + location.search);
}

/** What shows the headless host that a call comes from its own page; null before a link was opened. */
export function pageKey(): string | null {
  return localStorage.getItem(keptAs);
}

/** Makes every cookie and key of before worthless; the reason where it did not, else null, and the page loses its connection. */
export async function signOutEverywhere(): Promise<string | null> {
  try {
    const headers = { "x-taleward-page-key": pageKey() ?? "" };
    const { ok, status } = await fetch("/sign-out", { method: "POST", headers, signal: AbortSignal.timeout(10_000) });
    if (!ok && status !== 401) return "The browsers could not be signed out: Taleward could not write it down.";
    localStorage.removeItem(keptAs);
    return null;
  } catch {
    return "The browsers could not be signed out: Taleward does not answer.";
  }
}
