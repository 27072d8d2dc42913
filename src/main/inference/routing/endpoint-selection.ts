import type { ModelVersion } from "../../../shared/contract/registry.ts";
import type { EndpointDirectory } from "../ports.ts";
import type { CircuitBreaker } from "./circuit-breaker.ts";
import type { EndpointQueue } from "./endpoint-queue.ts";

export interface EndpointSelectionPorts {
  readonly endpoints: Pick<EndpointDirectory, "addressesOf">;
  readonly queue: Pick<EndpointQueue, "running" | "queued">;
  readonly breaker: Pick<CircuitBreaker, "mayCall" | "remainingMs">;
}

/** Selects the address of each attempt of one call, and remembers where the call has failed. */
export class EndpointSelection {
  readonly #ports: EndpointSelectionPorts;
  readonly #failures: { readonly version: ModelVersion; readonly address: string }[] = [];

  constructor(ports: EndpointSelectionPorts) {
    this.#ports = ports;
  }

  /**
   * Of the addresses that may be called, those where this call failed least often, and of them the one with the fewest calls;
   * where the circuit breaker is open for all of them, the one for which it is half-open soonest.
   */
  next(version: ModelVersion): string {
    const [first, ...others] = this.#ports.endpoints.addressesOf(version);
    if (first === undefined) throw new Error("a version has at least one address");
    let best = first;
    for (const address of others) if (this.#isBetter(version, address, best)) best = address;
    return best;
  }

  failed(version: ModelVersion, address: string): void {
    this.#failures.push({ version, address });
  }

  /** Whether the circuit breakers let a call of the version go there now. */
  mayCall(version: ModelVersion, address: string): boolean {
    return this.#ports.breaker.mayCall(address, serverModelOf(version));
  }

  /** Whether the version has an address that may be called. */
  mayCallAny(version: ModelVersion): boolean {
    return this.#ports.endpoints.addressesOf(version).some((address) => this.mayCall(version, address));
  }

  /** Whether the version has an address that may be called and where it has not failed this call. */
  hasUntried(version: ModelVersion): boolean {
    const hasFailed = (address: string) =>
      this.#failures.some((failure) => failure.version === version && failure.address === address);
    return this.#ports.endpoints
      .addressesOf(version)
      .some((address) => !hasFailed(address) && this.mayCall(version, address));
  }

  #isBetter(version: ModelVersion, address: string, than: string): boolean {
    const { queue, breaker } = this.#ports;
    const model = serverModelOf(version);
    const mayCall = this.mayCall(version, address);
    if (mayCall !== this.mayCall(version, than)) return mayCall;
    if (!mayCall) return (breaker.remainingMs(address, model) ?? 0) < (breaker.remainingMs(than, model) ?? 0);
    const moreFailures = this.#failuresAt(address) - this.#failuresAt(than);
    const callsAt = (endpoint: string) => queue.running(endpoint) + queue.queued(endpoint);
    return moreFailures === 0 ? callsAt(address) < callsAt(than) : moreFailures < 0;
  }

  /** Of all versions: an address that failed one of them is a worse choice for the others too. */
  #failuresAt(address: string): number {
    return this.#failures.filter((failure) => failure.address === address).length;
  }
}

/** The name by which servers know the version's model, and by which its circuit breaker there is kept. */
export function serverModelOf({ model, configuration }: Pick<ModelVersion, "model" | "configuration">): string {
  return configuration.serverModel ?? model;
}

/** The version's configuration with the one address that is called; the built-in engine has none. */
export function configurationAt({ provider, configuration }: ModelVersion, endpoint: string) {
  return provider === "embedded" ? configuration : { ...configuration, endpoint };
}
