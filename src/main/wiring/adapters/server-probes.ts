import type { ServerProvider } from "../../../shared/contract/registry.ts";
import type { Keys } from "../../host/endpoint-keys.ts";
import { namedDigests, probeOllama } from "../../inference/providers/ollama/discover.ts";
import { probeOpenAI } from "../../inference/providers/openai/probe.ts";
import type { ServerProbe } from "../../inference/servers/server-probe.ts";
import type { ServerProber } from "../../registry/endpoints.ts";
import type { ServerCatalog } from "../../registry/ports.ts";

/** Asks model servers in their own API, with the keys that the host keeps. */
export class ServerProbes implements ServerProber, ServerCatalog {
  readonly #keys: Keys;

  constructor(keys: Keys) {
    this.#keys = keys;
  }

  async probe(endpoint: string, provider: ServerProvider, signal: AbortSignal): Promise<ServerProbe> {
    const key = await this.#keys.of(endpoint).catch(() => null); // the server says that it wants one
    return provider === "ollama" ? probeOllama(endpoint, signal, key) : probeOpenAI(endpoint, { key, signal });
  }

  async models(server: string, signal: AbortSignal) {
    return namedDigests(server, signal, await this.#keys.of(server));
  }
}
