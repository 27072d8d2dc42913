import type { VersionId } from "../../shared/contract/ids.ts";
import type { ModelVersion } from "../../shared/contract/registry.ts";
import { Failure } from "../base/failure.ts";

/** Where the versions are kept. */
export interface VersionSource {
  /** Throws `Failure` NOT_FOUND. */
  version(id: VersionId): Promise<ModelVersion>;
  /** Throws `Failure` NOT_FOUND. */
  find(name: string): Promise<ModelVersion>;
}

export interface KnownVersionsPorts {
  readonly source: VersionSource;
  readonly nowMs: () => number;
  /** How long a version is known without being read again, in milliseconds; 60,000 by default. */
  readonly refreshMs?: number;
}

interface Known {
  readonly found: Promise<ModelVersion>;
  readonly untilMs: number;
}

/** Names are sent by programs: so many are remembered, and then all are forgotten. */
const maxKnown = 2_000;

/**
 * The versions as calls use them, by id and by name: one map look-up a call, as a use case takes. A version is read at first use,
 * and again once the registry has changed. That a name means nothing is remembered like a version; that the registry could not
 * be read is not.
 */
export class KnownVersions implements VersionSource {
  readonly #ports: KnownVersionsPorts;
  #known = new Map<string, Known>();

  constructor(ports: KnownVersionsPorts) {
    this.#ports = ports;
  }

  version(id: VersionId): Promise<ModelVersion> {
    return this.#get(`id ${id}`, () => this.#ports.source.version(id));
  }

  find(name: string): Promise<ModelVersion> {
    return this.#get(`name ${name}`, () => this.#ports.source.find(name));
  }

  /** The registry has changed. What is being read may be from before, and is not kept. */
  forget(): void {
    this.#known = new Map();
  }

  #get(key: string, read: () => Promise<ModelVersion>): Promise<ModelVersion> {
    const known = this.#known.get(key);
    const nowMs = this.#ports.nowMs();
    if (known !== undefined && nowMs < known.untilMs) return known.found;
    if (this.#known.size >= maxKnown) this.forget();
    const kept = this.#known;
    const found = read();
    kept.set(key, { found, untilMs: nowMs + (this.#ports.refreshMs ?? 60_000) });
    found.catch((error: unknown) => {
      if (!(error instanceof Failure && error.code === "NOT_FOUND")) kept.delete(key);
    });
    return found;
  }
}
