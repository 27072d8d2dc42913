import type { ModelVersion } from "../../../shared/contract/registry.ts";
import type { CircuitBreaker } from "./circuit-breaker.ts";
import type { EndpointQueue } from "./endpoint-queue.ts";

export interface AddressingPorts {
  /** Where a version's calls may go, at least one address. */
  readonly addressesOf: (version: ModelVersion) => readonly string[];
  readonly queue: Pick<EndpointQueue, "running" | "queued">;
  readonly cooldowns: Pick<CircuitBreaker, "isOpen" | "remainingMs">;
}

/** Where one call goes, in the light of where it failed before. */
export class EndpointSelection {
  readonly #needs: AddressingPorts;
  readonly #failures: { readonly version: ModelVersion; readonly address: string }[] = [];

  constructor(needs: AddressingPorts) {
    this.#needs = needs;
  }

  /**
   * Of the addresses that are not left alone, those where this call failed least often, and of them the one with the fewest
   * calls; where all are left alone, the one that is soonest tried again.
   */
  next(version: ModelVersion): string {
    const [first, ...others] = this.#needs.addressesOf(version);
    if (first === undefined) throw new Error("a version has at least one address");
    let best = first;
    for (const address of others) if (this.#isBetter(address, best)) best = address;
    return best;
  }

  failed(version: ModelVersion, address: string): void {
    this.#failures.push({ version, address });
  }

  isOpen(address: string): boolean {
    return this.#needs.cooldowns.isOpen(address);
  }

  hasOpen(version: ModelVersion): boolean {
    return this.#needs.addressesOf(version).some((address) => this.isOpen(address));
  }

  /** Whether the version has an address, not left alone, where it has not failed this call. */
  hasUntried(version: ModelVersion): boolean {
    const failed = (address: string) =>
      this.#failures.some((each) => each.version === version && each.address === address);
    return this.#needs.addressesOf(version).some((address) => !failed(address) && this.isOpen(address));
  }

  #isBetter(address: string, than: string): boolean {
    const { queue, cooldowns } = this.#needs;
    const isOpen = this.isOpen(address);
    if (isOpen !== this.isOpen(than)) return isOpen;
    if (!isOpen) return (cooldowns.remainingMs(address) ?? 0) < (cooldowns.remainingMs(than) ?? 0);
    const fewer = this.#failuresAt(address) - this.#failuresAt(than);
    const busy = (at: string) => queue.running(at) + queue.queued(at);
    return fewer === 0 ? busy(address) < busy(than) : fewer < 0;
  }

  /** Of all versions: where one waited in vain, another is better asked elsewhere first. */
  #failuresAt(address: string): number {
    return this.#failures.filter((each) => each.address === address).length;
  }
}

/** The version's configuration with the one address that is asked; the built-in engine has none. */
export function configurationAt({ provider, configuration }: ModelVersion, endpoint: string) {
  return provider === "embedded" ? configuration : { ...configuration, endpoint };
}
