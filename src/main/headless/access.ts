import { randomBytes, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { BrowserSession } from "./instance.ts";

/** What a one-time link was good for: a cookie, and the key that the page keeps for its own origin. */
export interface Admission {
  /** The value of Set-Cookie. */
  readonly cookie: string;
  readonly pageKey: string;
}

/** How long a browser is let in without a fresh link. */
const lifetimeMs = 30 * 86_400_000;
/** A page's WebSocket names its key as a protocol, since a browser lets it add no header there. */
const protocolPrefix = "taleward.";

/**
 * Who may talk to a loopback host: requests that name it as their Host, come from no other origin, and carry what a one-time
 * link was exchanged for, or the secret that only the directory's owner can read.
 *
 * A browser sends a cookie of 127.0.0.1 to whatever listens on any of its ports. So the cookie only opens the pages, which hold
 * nothing; calls and model files need the page's key too, which is kept by origin, that is by port, and is sent nowhere else.
 */
export class Access {
  readonly secret = randomBytes(32).toString("base64url");
  readonly #tokens = new Set<string>();
  readonly #port: number;
  readonly #nowMs: () => number;
  #session: BrowserSession;

  /** `session` is what `createSession` made, now or at an earlier start. */
  constructor(port: number, session: BrowserSession, nowMs: () => number = Date.now) {
    this.#port = port;
    this.#session = session;
    this.#nowMs = nowMs;
  }

  static createSession(port: number, nowMs: number): BrowserSession {
    const random = (bytes: number) => randomBytes(bytes).toString("base64url");
    return { port, id: randomBytes(6).toString("hex"), cookie: random(32), pageKey: random(32), createdAtMs: nowMs };
  }

  /** Whether browsers that were let in by a session still are. */
  static isCurrent({ createdAtMs }: BrowserSession, nowMs: number): boolean {
    return nowMs >= createdAtMs && nowMs < createdAtMs + lifetimeMs;
  }

  get origin(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** A link that opens the workbench once. Where the session is too old by now it is for a new one. */
  createLink(query = ""): string {
    if (!Access.isCurrent(this.#session, this.#nowMs()))
      this.#session = Access.createSession(this.#port, this.#nowMs());
    const token = randomBytes(24).toString("base64url");
    this.#tokens.add(token);
    return `${this.origin}/?token=${token}${query}`;
  }

  /** Takes a token out of use; what it was good for, or null. */
  redeem(token: string): Admission | null {
    if (!this.#tokens.delete(token)) return null;
    if (!Access.isCurrent(this.#session, this.#nowMs())) return null;
    const { cookie, pageKey, createdAtMs } = this.#session;
    const seconds = Math.floor((createdAtMs + lifetimeMs - this.#nowMs()) / 1_000);
    return {
      cookie: `${this.#cookieName}=${cookie}; Path=/; Max-Age=${seconds}; HttpOnly; SameSite=Strict`,
      pageKey,
    };
  }

  /** Shuts out every browser: from now on cookies, keys and links of before are good for nothing. */
  signOutEverywhere(session: BrowserSession): void {
    this.#tokens.clear();
    this.#session = session;
  }

  /** A page of another site, or a name that was rebound to this address, is refused whatever it carries. */
  isFromHere({ headers }: IncomingMessage): boolean {
    const hosts = [`127.0.0.1:${this.#port}`, `localhost:${this.#port}`];
    if (!hosts.includes(headers.host ?? "")) return false;
    return headers.origin === undefined || hosts.some((host) => headers.origin === `http://${host}`);
  }

  /** Whether pages are shown to whoever asks. */
  isKnown({ headers }: IncomingMessage): boolean {
    if (headers.authorization?.startsWith("Bearer ")) return same(headers.authorization.slice(7), this.secret);
    if (!Access.isCurrent(this.#session, this.#nowMs())) return false;
    const cookies = (headers.cookie ?? "").split(/;\s*/);
    const found = cookies.find((cookie) => cookie.startsWith(`${this.#cookieName}=`));
    return found !== undefined && same(found.slice(this.#cookieName.length + 1), this.#session.cookie);
  }

  /** Whether it may call and write: the owner of the directory, or a page of this origin. */
  isTrusted(request: IncomingMessage): boolean {
    if (!this.isKnown(request)) return false;
    const { authorization, "x-taleward-page-key": header, "sec-websocket-protocol": protocols } = request.headers;
    if (authorization?.startsWith("Bearer ")) return true; // it was compared above
    const given = typeof header === "string" ? header : pageKeyIn(protocols);
    return given !== undefined && same(given, this.#session.pageKey);
  }

  /** Cookies are shared by all ports of a host, so the name carries the installation's own. */
  get #cookieName(): string {
    return `taleward_${this.#session.id}`;
  }
}

function pageKeyIn(protocols: string | undefined): string | undefined {
  const named = (protocols ?? "").split(/,\s*/).find((protocol) => protocol.startsWith(protocolPrefix));
  return named?.slice(protocolPrefix.length);
}

function same(given: string, kept: string): boolean {
  const [left, right] = [Buffer.from(given), Buffer.from(kept)];
  return left.length === right.length && timingSafeEqual(left, right);
}
