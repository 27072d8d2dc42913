import { Failure } from "../base/failure.ts";
import { log } from "../base/logger.ts";
import type { AssignmentSource, LiveAssignment } from "./assignments.ts";

export interface RegistryDrillPorts {
  readonly source: AssignmentSource;
  readonly nowMs: () => number;
  /** Of the whole drill; null where none was asked for. */
  readonly forMs: number | null;
}

/**
 * Rehearses an outage of the registry: the assignments can be read once, so that calls have something to go by, and then not until the drill is
 * over. Nothing is written and nothing stored is touched. It is asked for when a host starts, and by nothing that runs.
 */
export class RegistryDrill implements AssignmentSource {
  readonly #ports: RegistryDrillPorts;
  readonly #closing = new AbortController();
  #untilMs: number | null = null;

  constructor(ports: RegistryDrillPorts) {
    this.#ports = ports;
  }

  /** When the registry is readable again; null while no drill is on. */
  get untilMs(): number | null {
    return this.#untilMs !== null && this.#ports.nowMs() < this.#untilMs ? this.#untilMs : null;
  }

  /** Throws `Failure` while the drill is on. */
  async liveAssignments(): Promise<readonly LiveAssignment[]> {
    if (this.untilMs === null) return this.#ports.source.liveAssignments();
    throw new Failure("UNAVAILABLE", "The registry is made unreadable by a drill.", {
      field: "registry",
      value: "drill",
      remedy: "Wait until the drill is over, or start Taleward without --drill.",
    });
  }

  /** Begins once `assignments` were read; resolves when it is over, or closed, and they were read again. */
  async run(assignments: { refresh(by: "period"): Promise<void> }): Promise<void> {
    const { forMs, nowMs } = this.#ports;
    if (forMs === null) return;
    const { signal } = this.#closing;
    await assignments.refresh("period");
    this.#untilMs = nowMs() + forMs;
    log.warn("a drill makes the registry unreadable", { forMs });
    await assignments.refresh("period");
    await new Promise<void>((resolve) => {
      setTimeout(resolve, forMs).unref();
      signal.addEventListener("abort", () => resolve());
    });
    this.#untilMs = null;
    if (!signal.aborted) await assignments.refresh("period");
  }

  close(): void {
    this.#closing.abort();
  }
}
