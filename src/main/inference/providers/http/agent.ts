import { Agent } from "undici";

/** Connections to model servers: kept alive for the next call, without undici's five-minute limits. `destroy` ends them. */
export function createAgent(connectMs: number): Agent {
  return new Agent({ headersTimeout: 0, bodyTimeout: 0, allowH2: false, connect: { timeout: connectMs } });
}
