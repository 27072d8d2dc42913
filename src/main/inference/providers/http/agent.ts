import { Agent } from "undici";

/** Connections to model servers: kept alive for the next call, without undici's five-minute limits. `destroy` ends them. */
export function createAgent(connectMs: number): Agent {
  return new Agent({ headersTimeout: 0, bodyTimeout: 0, allowH2: false, connect: { timeout: connectMs } });
}

/** Agents by the time that connecting may take, which connections know from their agent alone. */
export class Agents {
  readonly #agents = new Map<number, Agent>();

  /**
   * Gives up connecting no sooner than in so many milliseconds; the deadline of the exchange itself is exact. The limits
   * double, so that whatever deadlines calls come with, there are ten agents at most.
   */
  of(connectMs: number): Agent {
    const limitMs = minMs * 2 ** Math.max(0, Math.ceil(Math.log2(connectMs / minMs)));
    const agent = this.#agents.get(limitMs) ?? createAgent(limitMs);
    this.#agents.set(limitMs, agent);
    return agent;
  }

  /** Ends every connection. */
  async destroy(): Promise<void> {
    await Promise.all([...this.#agents.values()].map((agent) => agent.destroy()));
  }
}

const minMs = 2_000;
