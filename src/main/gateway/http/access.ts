import { hash, randomBytes, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";

const keyPrefix = "tw-";
const loopbackNames = ["127.0.0.1", "localhost", "[::1]"];
const maxNameLength = 200;

/** A random key of 256 bits. */
export function newKey(): string {
  return `${keyPrefix}${randomBytes(32).toString("base64url")}`;
}

/** Whether the request names this server; a name that was rebound to this address is foreign. */
export function isOurHost(host: string | undefined, port: number): boolean {
  if (host === undefined) return false;
  const named = host.toLowerCase();
  return loopbackNames.some((name) => named === `${name}:${port}` || (port === 80 && named === name));
}

/** A page may call from a loopback address, whatever its port; one without an origin (`null`, `app://`) may not. */
export function isOurOrigin(origin: string | undefined): boolean {
  if (origin === undefined) return true;
  const match = /^https?:\/\/(.+?)(?::\d{1,5})?$/i.exec(origin);
  return match?.[1] !== undefined && loopbackNames.includes(match[1].toLowerCase());
}

/** A program that can only be given an address has the key in it: `http://127.0.0.1:11500/tw-…`. */
export function splitKeyFromPath(pathname: string): { readonly path: string; readonly key: string | null } {
  const match = /^\/(tw-[\w-]+)(\/.*)?$/.exec(pathname);
  return match?.[1] === undefined ? { path: pathname, key: null } : { path: match[2] ?? "/", key: match[1] };
}

/** Every key the request carries: as a bearer token, `x-api-key`, the password of Basic, or in the path. */
export function keysOf(headers: IncomingHttpHeaders, inPath: string | null): string[] {
  const found = inPath === null ? [] : [inPath];
  const apiKey = headers["x-api-key"];
  if (typeof apiKey === "string") found.push(apiKey);
  const [scheme, credentials] = (headers.authorization ?? "").split(/\s+/, 2);
  if (credentials !== undefined && scheme?.toLowerCase() === "bearer") found.push(credentials);
  if (credentials !== undefined && scheme?.toLowerCase() === "basic") {
    const pair = Buffer.from(credentials, "base64").toString("utf8");
    found.push(pair.slice(pair.indexOf(":") + 1));
  }
  return found;
}

/** The stored key rarely changes, and is needed by every request. */
let known = { key: "", digest: digestOf("") };

/** Compared through digests, in a time that depends on neither the key nor its length. */
export function isKey(given: string, kept: string): boolean {
  if (known.key !== kept) known = { key: kept, digest: digestOf(kept) };
  return timingSafeEqual(digestOf(given), known.digest);
}

function digestOf(text: string): Buffer {
  return hash("sha256", text, "buffer");
}

/** What the program calls itself. */
export function clientOf(headers: IncomingHttpHeaders): string {
  return printable(headers["user-agent"]) ?? "a program without a name";
}

/** One line that can be shown and logged, or null when nothing is left of it. */
export function printable(text: string | undefined, maxLength = maxNameLength): string | null {
  const line = (text ?? "").replaceAll(/\p{Cc}+/gu, " ").trim();
  return line === "" ? null : line.slice(0, maxLength);
}
