import { randomBytes, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";

/**
 * Who may talk to a loopback host: requests that name it as their Host, come from no other origin, and carry the session
 * cookie that a one-time token was exchanged for, or the secret that only the directory's owner can read.
 */
export class Access {
  readonly secret = randomBytes(32).toString("base64url");
  readonly #tokens = new Set<string>();
  readonly #session: string;
  readonly #port: number;

  /** `session` is what `createSession` made, now or at an earlier start. */
  constructor(port: number, session: string) {
    this.#port = port;
    this.#session = session;
  }

  static createSession(): string {
    return randomBytes(32).toString("base64url");
  }

  get origin(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** A link that opens the workbench once. */
  createLink(query = ""): string {
    const token = randomBytes(24).toString("base64url");
    this.#tokens.add(token);
    return `${this.origin}/?token=${token}${query}`;
  }

  /** Takes a token out of use; the Set-Cookie value it was good for, or null. */
  redeem(token: string): string | null {
    if (!this.#tokens.delete(token)) return null;
    return `${this.#cookieName}=${this.#session}; Path=/; HttpOnly; SameSite=Strict`;
  }

  /** A page of another site, or a name that was rebound to this address, is refused whatever it carries. */
  isFromHere({ headers }: IncomingMessage): boolean {
    const hosts = [`127.0.0.1:${this.#port}`, `localhost:${this.#port}`];
    if (!hosts.includes(headers.host ?? "")) return false;
    return headers.origin === undefined || hosts.some((host) => headers.origin === `http://${host}`);
  }

  isKnown({ headers }: IncomingMessage): boolean {
    if (headers.authorization?.startsWith("Bearer ")) return same(headers.authorization.slice(7), this.secret);
    const cookies = (headers.cookie ?? "").split(/;\s*/);
    const found = cookies.find((cookie) => cookie.startsWith(`${this.#cookieName}=`));
    return found !== undefined && same(found.slice(this.#cookieName.length + 1), this.#session);
  }

  /** Cookies are shared by all ports of a host, so the name carries ours. */
  get #cookieName(): string {
    return `taleward_${this.#port}`;
  }
}

function same(given: string, kept: string): boolean {
  const [left, right] = [Buffer.from(given), Buffer.from(kept)];
  return left.length === right.length && timingSafeEqual(left, right);
}
