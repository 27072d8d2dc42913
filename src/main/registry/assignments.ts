import type { GenerationOptions } from "../../shared/contract/inference.ts";
import type { AssignmentReading, ReadOccasion } from "../../shared/contract/assignment-reading.ts";
import type { ModelVersion } from "../../shared/contract/registry.ts";
import type { ChangeFeed } from "../base/change-feed.ts";
import { log } from "../base/logger.ts";
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
  readonly nowMs: () => number;
  /** 60,000 by default. */
  readonly refreshMs?: number;
}

/** How callers know the assignments they go by. */
type LastRead = Readonly<Omit<AssignmentReading, "drillUntilMs">>;

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
  #last: LastRead = { readAtMs: null, by: null, unreadableSinceMs: null };

  constructor(ports: AssignmentsPorts) {
    this.#ports = ports;
    this.#timer = setInterval(() => void this.refresh("period"), ports.refreshMs ?? 60_000).unref();
  }

  get stale(): boolean {
    return this.#last.unreadableSinceMs !== null;
  }

  /** When they were last read and what for, and whether the registry can be read. */
  get reading(): LastRead {
    return this.#last;
  }

  /** Undefined for a use case that does not exist; throws what reading threw when nothing was ever read. */
  async resolve(useCase: string): Promise<Resolved | undefined> {
    if (this.#known === null) await (this.#reading ??= this.#read("first_use"));
    const live = this.#known?.get(useCase);
    if (!live) return undefined;
    const { version, fallbacks, defaults } = live;
    return { version, fallbacks, defaults, stale: this.stale };
  }

  names(): string[] {
    return [...(this.#known?.keys() ?? [])];
  }

  /** An update was broadcast, or it is time: reads again. Keeps what is known when that fails. */
  async refresh(by: Exclude<ReadOccasion, "first_use">): Promise<void> {
    await this.#reading?.catch(() => {}); // a reading in progress may have missed the update
    await (this.#reading ??= this.#read(by)).catch(() => {}); // `stale` reports it
  }

  close(): void {
    clearInterval(this.#timer);
  }

  async #read(by: ReadOccasion): Promise<void> {
    const { source, nowMs, changes } = this.#ports;
    const { stale } = this;
    try {
      this.#known = new Map((await source.liveAssignments()).map((live) => [live.useCase, live]));
      this.#last = { readAtMs: nowMs(), by, unreadableSinceMs: null };
      if (stale) log.info("the registry can be read again", { by });
      else if (by !== "period") log.info("assignments read", { by });
    } catch (error) {
      this.#last = { ...this.#last, unreadableSinceMs: this.#last.unreadableSinceMs ?? nowMs() };
      if (!stale) log.error("the registry cannot be read", error, { by });
      throw error;
    } finally {
      this.#reading = null;
      if (stale !== this.stale) changes.announce("registry");
    }
  }
}
