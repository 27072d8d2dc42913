import type { ResponseHead } from "./exchange.ts";

/** Where an answer sends a request on to, as an endpoint is written and without what may be secret; `that address` where it does not say. */
export function redirectTarget({ headers }: Pick<ResponseHead, "headers">, asked: URL): string {
  const location = [headers["location"]].flat()[0];
  if (location === undefined || !URL.canParse(location, asked.href)) return "that address";
  const { origin, pathname, protocol } = new URL(location, asked);
  if (protocol !== "http:" && protocol !== "https:") return "that address";
  return pathname === asked.pathname ? origin : origin + pathname;
}
