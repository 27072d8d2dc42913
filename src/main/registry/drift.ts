import type { VersionId } from "../../shared/contract/ids.ts";
import type { ModelVersion, Pinning } from "../../shared/contract/registry.ts";
import type { DatabasePool } from "../db/pool.ts";
import type { DriftNews } from "../db/queries/registry/drift.ts";
import { Failure } from "../base/failure.ts";
import type { DigestVerifier } from "../inference/ports.ts";
import type { ProbedModel } from "../inference/servers/server-probe.ts";
import type { Addresses } from "./addresses.ts";
import type { FileDigests } from "./file-digests.ts";
import { namesOf } from "./model-names.ts";
import type { FileLocator, ServerCatalog } from "./ports.ts";
import { raceAbort } from "../base/race-abort.ts";
import { log } from "../base/logger.ts";
import { eachAFewAtOnce } from "./waiting.ts";

/** Is notified of what the watch has recorded. */
export interface DriftListener {
  /** Versions were pinned, and drifts were recorded or are over: which drifts those were. */
  recorded(news: readonly DriftNews[]): Promise<void>;
}

export interface DigestWatchPorts {
  readonly database: DatabasePool;
  readonly addresses: Addresses;
  readonly files: FileDigests;
  readonly catalog: ServerCatalog;
  readonly modelFiles: FileLocator;
  readonly nowMs: () => number;
  readonly listener: DriftListener;
}

export type Verified = "same" | "changed" | "unknown";

/** The server key of the built-in engine's files in a drift. */
const builtIn = "embedded";
const freshMs = 5_000;

interface Reading {
  /** By `performance.now()`. */
  readonly at: number;
  /** Digests by every name that means the model. */
  readonly digests: ReadonlyMap<string, string>;
}

/**
 * Whether the names that versions are pinned by still hold what was registered. What it finds is kept with the versions
 * and announced; a drift whose pinned content is back is ended. A version whose server was away when it was registered is
 * pinned by the first reading that has its name.
 */
export class DigestWatch implements DigestVerifier {
  readonly #ports: DigestWatchPorts;
  readonly #readings = new Map<string, Reading>();
  readonly #asking = new Map<string, Promise<Reading | null>>();
  readonly #closing = new AbortController();
  readonly #work = new Set<Promise<unknown>>();

  constructor(ports: DigestWatchPorts) {
    this.#ports = ports;
  }

  /**
   * For the start of a call to one of a version's addresses: at once from a reading at most 5 s old, else after asking; for
   * the built-in engine, after its file was read where that was written to since. `unknown` where there is nothing to compare,
   * or no server to ask. Throws the signal's reason when it aborts meanwhile.
   */
  async verify(version: ModelVersion, endpoint: string, signal: AbortSignal): Promise<Verified> {
    if (version.digest === null) return "unknown";
    if (version.provider === "embedded") return this.#verifyFile(version, version.digest, signal);
    const server = version.provider === "ollama" ? this.#ports.addresses.serverOf("ollama", endpoint) : null;
    if (server === null) return "unknown";
    const reading = this.#fresh(server) ?? (await raceAbort(this.#ask(server), signal));
    const found = reading?.digests.get(nameOf(version));
    if (found === undefined) return "unknown";
    this.#settle(version, server, found);
    return found === version.digest ? "same" : "changed";
  }

  /** A server was probed for another reason: its models count as a reading. Resolves when the result is recorded. */
  async observe(server: string, models: readonly Pick<ProbedModel, "name" | "digest">[]): Promise<void> {
    await this.#record(server, this.#keep(server, models));
  }

  /** A server's models were changed by Taleward itself: the next call checks again. */
  forget(server: string): void {
    this.#readings.delete(server);
  }

  /** Asks every server and looks at every file that pinned versions name; resolves to the versions that have drifted. */
  async check(signal: AbortSignal): Promise<ModelVersion[]> {
    const { database, addresses } = this.#ports;
    const named = await database.read("serversOfVersions");
    const servers = new Set([
      addresses.defaultEndpoint,
      ...named.filter(({ provider }) => provider === "ollama").map(({ endpoint }) => endpoint),
    ]);
    const asked = eachAFewAtOnce([...servers], (server) => this.#askAndRecord(server));
    await raceAbort(Promise.all([asked, this.checkFiles()]), signal);
    return database.read("driftedVersions");
  }

  /** Looks at every pinned file, and reads those that were written to since; resolves when what they hold is recorded. */
  async checkFiles(): Promise<void> {
    for (const file of await this.#ports.database.read("pinnedFiles")) await this.#checkFile(file).catch(() => {}); // one that is away is no drift
  }

  /** Whether a version is pinned, asking its servers where that may pin it; else why not. Throws `Failure` NOT_FOUND. */
  async pinning(versionId: VersionId, signal: AbortSignal): Promise<Pinning> {
    const { database, addresses } = this.#ports;
    const version = await database.read("getVersion", { versionId });
    if (version.digest !== null) return pinnedTo(version.digest);
    if (version.status === "retired")
      return { state: "unpinnable", message: "It was retired before its server reported a digest." };
    const servers = version.provider === "ollama" ? addresses.of(version) : [];
    const known = servers.map((address) => addresses.serverOf("ollama", address)).filter((server) => server !== null);
    if (known.length === 0)
      return {
        state: "unpinnable",
        message: "Its server reports no digest, so a change of its content cannot be detected.",
      };
    const answered = await raceAbort(
      eachAFewAtOnce(known, async (server) => ((await this.#askAndRecord(server)) ? [server] : [])),
      signal,
    );
    const { digest } = await database.read("getVersion", { versionId });
    if (digest !== null) return pinnedTo(digest);
    const [there] = answered.flat();
    if (there === undefined)
      return {
        state: "away",
        message: `${known.join(" and ")} cannot be reached. It is pinned to what ${nameOf(version)} is there as soon as the server answers.`,
      };
    return {
      state: "missing",
      message: `${there} answers, but has no model named ${nameOf(version)}. Pull it there, or register the name it has.`,
    };
  }

  /** What a version's name stands for now. Throws `Failure` UNAVAILABLE where no server can answer, CONFLICT where it is what was pinned. */
  async digestNow(version: ModelVersion): Promise<string> {
    const found = await this.#askFor(version);
    if (found === null)
      throw new Failure("UNAVAILABLE", `No server can say now what ${nameOf(version)} is.`, {
        field: "versionId",
        value: version.id,
        remedy:
          version.provider === "embedded"
            ? "Put the model's file back, then try again."
            : "Start its server, then try again.",
      });
    if (found !== version.digest) return found;
    await this.#keepDrift([{ versionId: version.id, foundDigest: null }], version.drift?.endpoint ?? "");
    throw new Failure("CONFLICT", `${nameOf(version)} is again what was registered.`, {
      field: "versionId",
      value: version.id,
      remedy: "Nothing needs to be accepted.",
    });
  }

  /** Resolves when no check is in progress. */
  async close(): Promise<void> {
    this.#closing.abort(new Failure("UNAVAILABLE", "Taleward is closing.", { remedy: "Start it again." }));
    await Promise.allSettled([...this.#asking.values(), ...this.#work]);
  }

  async #verifyFile(version: ModelVersion, pinned: string, signal: AbortSignal): Promise<Verified> {
    const { files, modelFiles } = this.#ports;
    let path: string;
    let found: string | null;
    try {
      path = modelFiles.resolve(version.configuration);
      found = await files.known(path);
    } catch {
      return "unknown"; // the call itself reports what is wrong with the file
    }
    if (found === null) {
      this.#behind(this.#checkFile(version.configuration.file ?? "")); // also for calls that do not wait so long
      try {
        if (await files.hasOtherSize(path, pinned)) return "changed";
        await files.now(path, signal);
        found = await files.known(path);
      } catch {
        signal.throwIfAborted();
      }
      // What cannot be read to its end, or is written to meanwhile, is not what was registered.
      if (found === null) return "changed";
    }
    this.#settle(version, builtIn, found);
    return found === pinned ? "same" : "changed";
  }

  async #askFor(version: ModelVersion): Promise<string | null> {
    if (version.provider === "embedded")
      return Promise.resolve()
        .then(() => this.#ports.files.now(this.#ports.modelFiles.resolve(version.configuration), this.#closing.signal))
        .catch(() => null);
    const server = version.drift?.endpoint ?? this.#ports.addresses.of(version)[0] ?? "";
    return (await this.#ask(server))?.digests.get(nameOf(version)) ?? null;
  }

  #fresh(server: string): Reading | null {
    const reading = this.#readings.get(server);
    return reading && performance.now() - reading.at <= freshMs ? reading : null;
  }

  /** One question at a time a server; null when it is away. */
  #ask(server: string): Promise<Reading | null> {
    const under = this.#asking.get(server);
    if (under) return under;
    const asking = this.#ports.catalog
      .models(server, this.#closing.signal)
      .then((models) => this.#keep(server, models))
      .catch(() => null) // the call itself reports what is wrong with the server
      .finally(() => this.#asking.delete(server));
    this.#asking.set(server, asking);
    return asking;
  }

  /** Resolves to whether it answered. */
  async #askAndRecord(server: string): Promise<boolean> {
    const reading = await this.#ask(server);
    if (reading) await this.#record(server, reading);
    return reading !== null;
  }

  #keep(server: string, models: readonly Pick<ProbedModel, "name" | "digest">[]): Reading {
    const digests = new Map<string, string>();
    for (const { name, digest } of models)
      if (digest !== null) for (const alike of namesOf(name)) digests.set(alike, digest);
    const reading = { at: performance.now(), digests };
    this.#readings.set(server, reading);
    return reading;
  }

  /** What a reading means for every version of a name on that server: compared in the database, not here. */
  async #record(server: string, { digests }: Reading): Promise<void> {
    const { database, addresses, listener } = this.#ports;
    const reading = {
      server,
      isDefault: server === addresses.defaultEndpoint,
      models: [...digests].map(([name, digest]) => ({ name, digest })),
    };
    const [news, pins] = await Promise.all([database.read("driftNews", reading), database.read("pinNews", reading)]);
    const pinned = await Promise.all(pins.map((pin) => database.write("pinVersion", pin)));
    if (pinned.includes(true)) await listener.recorded([]);
    await this.#keepDrift(news, server);
  }

  async #checkFile(file: string): Promise<void> {
    const digest = await this.#ports.files.later(this.#ports.modelFiles.resolve({ file }));
    await this.#keepDrift(await this.#ports.database.read("fileDriftNews", { file, digest }), builtIn);
  }

  /** Records what a call met, behind the call. */
  #settle({ id, digest, drift }: ModelVersion, server: string, found: string): void {
    const same = found === digest;
    const known = same
      ? drift?.endpoint !== server
      : drift !== null && (drift.endpoint !== server || drift.foundDigest === found);
    if (!known) this.#behind(this.#keepDrift([{ versionId: id, foundDigest: same ? null : found }], server));
  }

  async #keepDrift(news: readonly DriftNews[], endpoint: string): Promise<void> {
    const atMs = this.#ports.nowMs();
    const kept = await Promise.all(
      news.map((one) => this.#ports.database.write("recordDrift", { ...one, endpoint, atMs })),
    );
    const recorded = news.filter((_, index) => kept[index] === true);
    if (recorded.length > 0) await this.#ports.listener.recorded(recorded);
  }

  #behind(work: Promise<void>): void {
    const watched = work
      .catch((error: unknown) => {
        if (!this.#closing.signal.aborted) log.error("drift was not checked", error); // the next look tries again
      })
      .finally(() => this.#work.delete(watched));
    this.#work.add(watched);
  }
}

function pinnedTo(digest: string): Pinning {
  return { state: "pinned", message: `Pinned to ${digest}.` };
}

/** The name a server knows a version by. */
function nameOf({ model, configuration }: ModelVersion): string {
  return configuration.serverModel ?? model;
}
