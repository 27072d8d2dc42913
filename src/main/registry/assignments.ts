import type { GenerationOptions } from "../../shared/contract/inference.ts";
import type { ModelVersion } from "../../shared/contract/registry.ts";
import type { ChangeFeed } from "../base/change-feed.ts";
import type { AssignmentDirectory } from "../inference/status.ts";

/** What a use case has, or null for the version when nothing is assigned. */
export interface LiveAssignment {
  readonly useCase: string;
  readonly version: ModelVersion | null;
  readonly fallbacks: readonly ModelVersion[];
  readonly defaults: GenerationOptions;
}

/** Where the assignments are kept. */
export interface AssignmentSource {
  /** Of every use case there is. */
  liveAssignments(): Promise<readonly LiveAssignment[]>;
}

export interface AssignmentsPorts {
  readonly source: AssignmentSource;
  /** Notified when the registry becomes unreadable, and when it is readable again. */
  readonly changes: ChangeFeed;
  /** 60,000 by default. */
  readonly refreshMs?: number;
}

/** What a use case resolves to; `version` is null when nothing is assigned. */
export interface Resolved {
  readonly version: ModelVersion | null;
  /** Tried in this order when the version cannot answer. */
  readonly fallbacks: readonly ModelVersion[];
  /** Options of every call on the use case. */
  readonly defaults: GenerationOptions;
  readonly stale: boolean;
}

/**
 * The assignments as callers use them: one map look-up a call. They are read at first use, when an update is broadcast, and
 * periodically; while the registry cannot be read, the last known good ones stay and are marked stale.
 */
export class Assignments implements AssignmentDirectory {
  readonly #ports: AssignmentsPorts;
  readonly #timer: NodeJS.Timeout;
  #known: ReadonlyMap<string, LiveAssignment> | null = null;
  #reading: Promise<void> | null = null;
  #stale = false;

  constructor(ports: AssignmentsPorts) {
    this.#ports = ports;
    this.#timer = setInterval(() => void this.refresh(), ports.refreshMs ?? 60_000).unref();
  }

  get stale(): boolean {
    return this.#stale;
  }

  /** Undefined for a use case that does not exist; throws what reading threw when nothing was ever read. */
  async resolve(useCase: string): Promise<Resolved | undefined> {
    if (this.#known === null) await (this.#reading ??= this.#read());
    const live = this.#known?.get(useCase);
    if (!live) return undefined;
    const { version, fallbacks, defaults } = live;
    return { version, fallbacks, defaults, stale: this.#stale };
  }

  names(): string[] {
    return [...(this.#known?.keys() ?? [])];
  }

  /** An update was broadcast, or it is time: reads again. Keeps what is known when that fails. */
  async refresh(): Promise<void> {
    await this.#reading?.catch(() => {}); // a reading in progress may have missed the update
    await (this.#reading ??= this.#read()).catch(() => {}); // `stale` reports it
  }

  close(): void {
    clearInterval(this.#timer);
  }

  async #read(): Promise<void> {
    try {
      this.#known = new Map((await this.#ports.source.liveAssignments()).map((live) => [live.useCase, live]));
      this.#mark(false);
    } catch (error) {
      this.#mark(true);
      throw error;
    } finally {
      this.#reading = null;
    }
  }

  #mark(stale: boolean): void {
    if (this.#stale === stale) return;
    this.#stale = stale;
    this.#ports.changes.announce("registry");
  }
}
