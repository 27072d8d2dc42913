import type { WireEvent } from "../../../../shared/contract/inference.ts";
import type { UnnumberedRequest } from "./connection.ts";
import type { EngineAnswer, EngineProgress } from "./protocol.ts";

const bodyLimit = 256 * 1024;

/** Reports what goes to the engine and comes from it, one line a message, in the form of a server's wire events. */
export class ObservedWire {
  readonly #observe: (event: WireEvent) => void;
  #body = "";

  constructor(observe: (event: WireEvent) => void, path: string, request: UnnumberedRequest) {
    this.#observe = observe;
    const body = JSON.stringify(request).slice(0, bodyLimit);
    observe({ type: "wire_request", method: request.type, url: `embedded:${path}`, body });
  }

  add(reply: EngineProgress | EngineAnswer): void {
    if (reply.type === "alive" || this.#body.length >= bodyLimit) return;
    const { id: _number, ...body } = reply;
    this.#body = `${this.#body}${JSON.stringify(body)}\n`.slice(0, bodyLimit);
  }

  end(): void {
    this.#observe({ type: "wire_response", status: null, body: this.#body });
  }
}
