import { createHmac, randomBytes } from "node:crypto";
import type { SecretStore } from "../host/secrets.ts";

const keptAs = "webhook-signing";
const prefix = "whsec_";

/**
 * Signs what is sent to webhooks, so that a receiver knows that it comes from this Taleward and is no repetition: by the Standard
 * Webhooks specification 1.0.0, HMAC-SHA256 over `id.timestamp.body`, which libraries in most languages check.
 */
export class WebhookSigning {
  readonly #secrets: SecretStore;
  #secret: Promise<string> | null = null;

  constructor(secrets: SecretStore) {
    this.#secrets = secrets;
  }

  /** `whsec_` and the key in base64, made at first use; null where nothing can be kept, and nothing is signed then. */
  async secret(): Promise<string | null> {
    if (!this.#secrets.available) return null;
    this.#secret ??= this.#known();
    this.#secret.catch(() => (this.#secret = null));
    return this.#secret;
  }

  /** The headers that go with a body; none where nothing can be signed. `atMs` is when it is sent. */
  async headers(id: string, body: string, atMs: number): Promise<Record<string, string>> {
    const secret = await this.secret();
    return secret === null ? {} : signedHeaders(secret, { id, body, seconds: Math.floor(atMs / 1_000) });
  }

  async #known(): Promise<string> {
    const known = await this.#secrets.get(keptAs);
    if (known !== null) return known;
    const made = `${prefix}${randomBytes(32).toString("base64")}`;
    await this.#secrets.set(keptAs, made);
    return made;
  }
}

/** The three headers of a signed message. */
export function signedHeaders(
  secret: string,
  { id, body, seconds }: { readonly id: string; readonly body: string; readonly seconds: number },
): Record<string, string> {
  const key = Buffer.from(secret.slice(prefix.length), "base64");
  const signature = createHmac("sha256", key).update(`${id}.${seconds}.${body}`).digest("base64");
  return { "webhook-id": id, "webhook-timestamp": String(seconds), "webhook-signature": `v1,${signature}` };
}
