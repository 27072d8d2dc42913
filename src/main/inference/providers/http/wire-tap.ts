import type { WireEvent } from "../../../../shared/contract/inference.ts";
import { withoutSecret } from "./key.ts";

const keptBytesLimit = 256 * 1024;

/**
 * Reports to an observer what goes over the wire, never with the server's key in it: the request when it is sent, the answer's
 * bytes as text when it has ended.
 */
export class WireTap {
  readonly #observe: (event: WireEvent) => void;
  readonly #key: string | null;
  readonly #kept: Buffer[] = [];
  #keptBytes = 0;
  #status: number | null = null;

  constructor(observe: (event: WireEvent) => void, key: string | null) {
    this.#observe = observe;
    this.#key = key;
  }

  /** Credentials in the address are left out. */
  sent(method: string, url: URL, body: string): void {
    const shown = new URL(url);
    shown.username = "";
    shown.password = "";
    this.#observe({ type: "wire_request", method, url: shown.href, body: withoutSecret(body, this.#key) });
  }

  answered(status: number): void {
    this.#status = status;
  }

  received(bytes: Buffer): void {
    const freeBytes = keptBytesLimit - this.#keptBytes;
    if (freeBytes <= 0) return;
    const part = bytes.length <= freeBytes ? bytes : bytes.subarray(0, freeBytes);
    this.#kept.push(part);
    this.#keptBytes += part.length;
  }

  /** However the answer ended; a status that never came is null. */
  ended(): void {
    // Decoding as a stream leaves out a character that the limit cut in half.
    const body = new TextDecoder().decode(Buffer.concat(this.#kept), { stream: true });
    this.#observe({ type: "wire_response", status: this.#status, body: withoutSecret(body, this.#key) });
  }
}
