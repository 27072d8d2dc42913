import { isDeepStrictEqual } from "node:util";
import type { EndpointHealth, ModelVersion, ServerProvider } from "../../shared/contract/registry.ts";
import type { ChangeFeed } from "../base/change-feed.ts";
import type { DatabasePool } from "../db/pool.ts";
import { Failure } from "../base/failure.ts";
import type { ServerHealth } from "../gateway/ports.ts";
import type { HealthChecks } from "../gateway/served-versions.ts";
import type { HealthReader } from "../inference/status.ts";
import type { EndpointDirectory } from "../inference/ports.ts";
import type { ProbedModel, ServerProbe } from "../inference/servers/server-probe.ts";
import { canBeKey, type Keys } from "../host/endpoint-keys.ts";
import type { SecretStore } from "../host/secrets.ts";
import type { Addresses } from "./addresses.ts";
import { refuseCredentials } from "./configuration.ts";
import type { DigestWatch } from "./drift.ts";
import { namesOf } from "./model-names.ts";
import { raceAbort } from "../base/race-abort.ts";
import { log } from "../base/logger.ts";
import { eachAFewAtOnce } from "./waiting.ts";

/** Asks model servers how they are. */
export interface ServerProber {
  /** Never loads a model; a server that is down is an answer. Throws only the signal's reason. */
  probe(endpoint: string, provider: ServerProvider, signal: AbortSignal): Promise<ServerProbe>;
}

/** Is notified of every server that answered. */
export interface AnswerListener {
  /** `isThere` is true for the server's addresses alone. */
  answered(isThere: (address: string) => boolean): void;
}

/** Is notified of servers that do not answer any more. */
export interface OutageListener {
  /** A server that was up, or was never asked before, is down. */
  wentDown(health: EndpointHealth): void;
  /** A server that was down, or was never asked before, is up. */
  cameBack(health: EndpointHealth): void;
}

/** What follows the servers' answers. */
export interface EndpointListeners {
  /** Compares what a server has with what versions are pinned to, and the built-in engine's files once a round. */
  readonly digests: Pick<DigestWatch, "observe" | "checkFiles">;
  readonly answers: AnswerListener;
  readonly outages: OutageListener;
}

export interface EndpointsPorts {
  readonly database: DatabasePool;
  readonly addresses: Addresses;
  readonly keys: Keys;
  readonly keyStorage: Pick<SecretStore, "available" | "description">;
  readonly prober: ServerProber;
  readonly nowMs: () => number;
  /** Notified when a server's state, models or settings are not what they were. */
  readonly changes: ChangeFeed;
  /** How often all servers are asked in the background, in milliseconds; 30,000 by default. */
  readonly healthMs?: number;
}

interface Server {
  readonly endpoint: string;
  readonly provider: ServerProvider;
}

/** How old a health reading may be, in milliseconds, where a caller does not need the newest. */
const freshMs = 5_000;
const defaultMaxConcurrent = 64;

/**
 * The model servers we know of: the default one, those that registered versions name, and those that were saved. They are
 * probed on request and in the background. A probe never loads a model.
 */
export class Endpoints implements EndpointDirectory, HealthReader, ServerHealth, HealthChecks {
  readonly #ports: EndpointsPorts;
  readonly #last = new Map<string, EndpointHealth>();
  readonly #probing = new Map<string, Promise<EndpointHealth>>();
  readonly #timer: NodeJS.Timeout;
  #listeners: EndpointListeners | null = null;
  readonly #closing = new AbortController();
  #saved: ReadonlyMap<string, { provider: ServerProvider; maxConcurrent: number }> = new Map();
  #limits = new Map<string, number>();
  #round: Promise<void> | null = null;

  constructor(ports: EndpointsPorts) {
    this.#ports = ports;
    this.#timer = setInterval(() => void (this.#round ??= this.#checkAll()), ports.healthMs ?? 30_000).unref();
  }

  /** Names who follows the servers' answers, which need the endpoints themselves; called once, before a server is asked. */
  connect(listeners: EndpointListeners): void {
    this.#listeners = listeners;
  }

  /** Reads the saved settings, which `maxConcurrent` then knows. Keeps the earlier ones when that fails: the next round reads again. */
  async refresh(): Promise<void> {
    await this.#load().catch((error: unknown) => {
      if (!this.#closing.signal.aborted) log.error("what is saved of model servers was not read", error);
    });
  }

  async #load(): Promise<void> {
    const saved = await this.#ports.database.read("savedServers");
    this.#saved = new Map(
      saved.map(({ endpoint, provider, maxConcurrent }) => [endpoint, { provider, maxConcurrent }]),
    );
    this.#limits = new Map();
  }

  /** Probes every server now, or the named one, known or not. One that is down is in the result, with its error. */
  async check(
    { endpoint, provider }: { endpoint?: string | undefined; provider?: ServerProvider | undefined } = {},
    signal?: AbortSignal,
  ): Promise<EndpointHealth[]> {
    if (endpoint === undefined) {
      const servers = await this.#known();
      const wanted = provider === undefined ? servers : servers.filter((server) => server.provider === provider);
      return eachAFewAtOnce(wanted, (server) => this.#probeOnce(server, signal));
    }
    refuseCredentials(endpoint, "endpoint");
    const chosen = provider ?? (await this.#providerOf(endpoint));
    return [
      await this.#probeOnce({ endpoint: this.#ports.addresses.savedAs(chosen, endpoint), provider: chosen }, signal),
    ];
  }

  /**
   * The health of the first of a version's servers that is up, else of its first, at most a few seconds old; null where it has
   * none that can be probed, or one besides those that are down.
   */
  async healthOf(version: ModelVersion, signal?: AbortSignal): Promise<EndpointHealth | null> {
    const { provider } = version;
    if (provider === "embedded") return null;
    const { addresses } = this.#ports;
    const servers = addresses.of(version).map((address) => addresses.serverOf(provider, address));
    const known = [...new Set(servers)].filter((server) => server !== null);
    const healths = await Promise.all(known.map((endpoint) => this.#recent({ endpoint, provider }, signal)));
    const up = healths.find(({ state }) => state === "up");
    return up ?? (servers.includes(null) ? null : (healths[0] ?? null));
  }

  /** Where a version's calls may go, its own endpoint first; `embedded` for the built-in engine. */
  addressesOf(version: ModelVersion): readonly string[] {
    return this.#ports.addresses.of(version);
  }

  /** How many calls at once an address takes; 64 unless its server was saved with another number. */
  maxConcurrent(address: string): number {
    const known = this.#limits.get(address);
    if (known !== undefined) return known;
    const limit = this.#limitOf(address);
    this.#limits.set(address, limit);
    return limit;
  }

  /** Saves a server and its key; an empty key deletes it. Either both are saved or neither. Resolves to the server's health. */
  async save(
    input: Server & { maxConcurrent?: number | undefined; key?: string | undefined },
    signal?: AbortSignal,
  ): Promise<EndpointHealth> {
    refuseCredentials(input.endpoint, "endpoint");
    const { provider, maxConcurrent } = input;
    const endpoint = this.#ports.addresses.savedAs(provider, input.endpoint);
    const key = input.key?.trim();
    if (key) refuseUnsendable(key);
    const saving = () => this.#ports.database.write("saveServer", { endpoint, provider, maxConcurrent });
    if (key === undefined) await saving();
    else await this.#withKey(endpoint, key, saving);
    await this.#load();
    this.#ports.changes.announce("endpoints");
    await this.#probing.get(keyOf({ endpoint, provider }))?.catch(() => {}); // that probe used the settings from before
    return this.#probeOnce({ endpoint, provider }, signal);
  }

  /** Removes a server and its key. Throws CONFLICT while versions that are not retired name it. */
  async remove(address: string): Promise<void> {
    const { database, keys, addresses, changes } = this.#ports;
    const spellings = [addresses.savedAs("ollama", address), addresses.savedAs("openai", address)];
    await this.#load();
    const endpoint = spellings.find((spelling) => this.#saved.has(spelling)) ?? address;
    const removed = await database.write("removeServer", { endpoint });
    try {
      if (await this.#hasKey(endpoint)) await keys.save(endpoint, null);
    } catch (error) {
      await database.write("saveServer", removed); // its key could not be removed, so neither is the server
      throw error;
    } finally {
      await this.#load();
    }
    changes.announce("endpoints");
  }

  get keyStorage(): { available: boolean; description: string } {
    const { available, description } = this.#ports.keyStorage;
    return { available, description };
  }

  /** Ends the background checks; resolves when no probe is in progress. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#closing.abort(new Failure("UNAVAILABLE", "Taleward is closing.", { remedy: "Start it again." }));
    await Promise.allSettled([this.#round, ...this.#probing.values()]);
  }

  async #checkAll(): Promise<void> {
    try {
      const servers = await this.#known();
      await eachAFewAtOnce(servers, (server) => this.#probeOnce(server));
      const known = new Set(servers.map(keyOf));
      for (const key of this.#last.keys()) if (!known.has(key)) this.#last.delete(key);
      await this.#listeners?.digests.checkFiles();
    } catch (error) {
      if (!this.#closing.signal.aborted) log.error("model servers were not checked", error); // the next round tries again
    } finally {
      this.#round = null;
    }
  }

  /** Each server once, the default one first. */
  async #known(): Promise<Server[]> {
    const { database, addresses } = this.#ports;
    const [ofVersions] = await Promise.all([database.read("serversOfVersions"), this.#load()]);
    const servers: Server[] = [
      { endpoint: addresses.defaultEndpoint, provider: "ollama" },
      ...ofVersions,
      ...[...this.#saved].map(([endpoint, { provider }]) => ({ endpoint, provider })),
    ];
    return [...new Map(servers.map((server) => [keyOf(server), server])).values()];
  }

  async #providerOf(endpoint: string): Promise<ServerProvider> {
    const { addresses } = this.#ports;
    const known = await this.#known();
    const found = known.find((server) => addresses.savedAs(server.provider, endpoint) === server.endpoint);
    return found?.provider ?? "ollama";
  }

  async #recent(server: Server, signal?: AbortSignal): Promise<EndpointHealth> {
    const last = this.#last.get(keyOf(server));
    return last && this.#ports.nowMs() - last.checkedAtMs < freshMs ? last : this.#probeOnce(server, signal);
  }

  /** One probe at a time per server; callers meanwhile share its result. */
  async #probeOnce(server: Server, signal?: AbortSignal): Promise<EndpointHealth> {
    const key = keyOf(server);
    let probing = this.#probing.get(key);
    if (!probing) {
      probing = this.#probe(server).finally(() => this.#probing.delete(key));
      this.#probing.set(key, probing);
    }
    return raceAbort(probing, signal);
  }

  async #probe(server: Server): Promise<EndpointHealth> {
    const { addresses, prober, nowMs, changes } = this.#ports;
    const listeners = this.#listeners;
    const probed = await prober.probe(server.endpoint, server.provider, this.#closing.signal);
    if (probed.state === "up")
      listeners?.answers.answered(
        (address) => URL.canParse(address) && addresses.savedAs(server.provider, address) === server.endpoint,
      );
    if (probed.state === "up" && server.provider === "ollama")
      await listeners?.digests.observe(server.endpoint, probed.models);
    const health: EndpointHealth = {
      ...server,
      checkedAtMs: nowMs(),
      maxConcurrent: this.maxConcurrent(server.endpoint),
      hasKey: await this.#hasKey(server.endpoint),
      ...(probed.state === "down"
        ? {
            state: "down",
            server: null,
            serverVersion: null,
            latencyMs: null,
            lastError: `${probed.lastError} ${probed.remedy}`,
            models: [],
          }
        : {
            state: "up",
            server: probed.server,
            serverVersion: probed.version,
            latencyMs: probed.latencyMs,
            lastError: null,
            models: await this.#registered(server, probed.models),
          }),
    };
    const before = this.#last.get(keyOf(server));
    this.#last.set(keyOf(server), health);
    if (before && !isDeepStrictEqual(lasting(before), lasting(health))) changes.announce("endpoints");
    if (health.state === "down" && before?.state !== "down") listeners?.outages.wentDown(health);
    if (health.state === "up" && before?.state !== "up") listeners?.outages.cameBack(health);
    return health;
  }

  /** The models with the versions they are registered as. */
  async #registered({ endpoint, provider }: Server, models: readonly ProbedModel[]): Promise<EndpointHealth["models"]> {
    const { database, addresses } = this.#ports;
    const alike = provider === "ollama" ? namesOf : (name: string) => [name];
    const found = await database.read("versionsOnServer", {
      server: endpoint,
      isDefault: provider === "ollama" && endpoint === addresses.defaultEndpoint,
      provider,
      models: models.flatMap(({ name, digest }) => alike(name).map((spelling) => ({ name: spelling, digest }))),
    });
    const versions = new Map(found.map(({ name, versionId }) => [name, versionId]));
    return models.map((model) => ({
      ...model,
      versionId:
        alike(model.name)
          .map((name) => versions.get(name))
          .find((id) => id !== undefined) ?? null,
    }));
  }

  #limitOf(address: string): number {
    if (!URL.canParse(address)) return defaultMaxConcurrent;
    const { addresses } = this.#ports;
    const spellings = [address, addresses.savedAs("ollama", address), addresses.savedAs("openai", address)];
    for (const spelling of spellings) {
      const saved = this.#saved.get(spelling);
      if (saved) return saved.maxConcurrent;
    }
    return defaultMaxConcurrent;
  }

  /** A key that cannot be read counts as one: the call that needs it reports the error. */
  async #hasKey(endpoint: string): Promise<boolean> {
    return this.#ports.keys.of(endpoint).then(
      (key) => key !== null,
      () => true,
    );
  }

  /** Saves the key, then runs `work`; where that fails, the earlier key is restored. */
  async #withKey(endpoint: string, key: string, work: () => Promise<void>): Promise<void> {
    const { keys, keyStorage } = this.#ports;
    if (key === "" && !(await this.#hasKey(endpoint))) return work();
    if (!keyStorage.available)
      throw new Failure("UNAVAILABLE", `The key cannot be stored. ${keyStorage.description}`, {
        field: "key",
        remedy: "Leave the key out to save the server without it.",
      });
    const before = await keys.of(endpoint).catch(() => null); // one that cannot be read is replaced
    await keys.save(endpoint, key === "" ? null : key);
    try {
      await work();
    } catch (error) {
      await keys.save(endpoint, before);
      throw error;
    }
  }
}

/** A key that no request can carry, such as one copied from where it is shown in part, is refused where it is saved. */
function refuseUnsendable(key: string): void {
  if (canBeKey(key)) return;
  throw new Failure(
    "BAD_REQUEST",
    "The key has characters in it that no key has, such as a space, a line break or an ellipsis (…).",
    { field: "key", remedy: "Copy the whole key from where it was made, and save it again." },
  );
}

function keyOf({ endpoint, provider }: Server): string {
  return `${provider} ${endpoint}`;
}

/** The part of a reading whose change is announced. */
function lasting(health: EndpointHealth): EndpointHealth {
  return { ...health, latencyMs: null, checkedAtMs: 0 };
}
