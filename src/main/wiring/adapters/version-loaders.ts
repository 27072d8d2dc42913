import type { ModelVersion } from "../../../shared/contract/registry.ts";
import type { VersionLoader } from "../../gateway/served-versions.ts";
import { loadVersion } from "../../inference/load-version.ts";
import type { Addresses } from "../../registry/addresses.ts";
import type { WeightLoader } from "../../rollouts/ports.ts";

type Providers = Parameters<typeof loadVersion>[0];

/** Loads a version on the server that its calls go to first: a program asks for it there. */
export class FirstServerLoader implements VersionLoader {
  readonly #providers: Providers;
  readonly #addresses: Addresses;

  constructor(providers: Providers, addresses: Addresses) {
    this.#providers = providers;
    this.#addresses = addresses;
  }

  load(version: ModelVersion, signal: AbortSignal): Promise<void> {
    return loadVersion(this.#providers, version, this.#addresses.of(version).slice(0, 1), signal);
  }
}

/** Loads a version on every server that its calls may go to. */
export class EveryServerLoader implements WeightLoader {
  readonly #providers: Providers;
  readonly #addresses: Addresses;

  constructor(providers: Providers, addresses: Addresses) {
    this.#providers = providers;
    this.#addresses = addresses;
  }

  load(version: ModelVersion, signal: AbortSignal): Promise<void> {
    return loadVersion(this.#providers, version, this.#addresses.of(version), signal);
  }
}
