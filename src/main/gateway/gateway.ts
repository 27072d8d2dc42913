import type { GatewayCall, GatewayStatus } from "../../shared/contract/gateway.ts";
import type { ChangeFeed } from "../base/change-feed.ts";
import { Failure } from "../base/failure.ts";
import { Sequencer } from "../base/sequencer.ts";
import { log } from "../base/logger.ts";
import { gatewaySecret, type SecretStore } from "../host/secrets.ts";
import { newKey } from "./http/access.ts";
import { CallList } from "./call-list.ts";
import type { AnswerPorts } from "./ports.ts";
import { createRoutes, type Routes } from "./routes/routes.ts";
import { defaultLimits, GatewayServer, type ServerLimits } from "./http/server.ts";
import { type GatewaySettings, parseSettings } from "./settings.ts";

/** Keeps settings from one start to the next. */
export interface SettingsStore {
  /** Null where nothing was put under the key. */
  get(key: string): Promise<string | null>;
  put(key: string, value: string): Promise<void>;
}

export interface GatewayPorts extends Omit<AnswerPorts, "settings"> {
  readonly settings: SettingsStore;
  readonly secrets: SecretStore;
  readonly changes: ChangeFeed;
  readonly limits?: ServerLimits;
  /** How often a port that was taken is tried again, in milliseconds; 5,000 by default. */
  readonly retryMs?: number;
}

const settingsKey = "gateway";
/** The Taleward that has the port may only be closing. */
const defaultRetryMs = 5_000;

/** The server for other programs: Ollama's, OpenAI's and Anthropic's APIs on the loopback address, off until switched on. */
export class Gateway {
  readonly #ports: GatewayPorts;
  readonly #routes: Routes;
  readonly #calls: CallList;
  #settings: GatewaySettings = parseSettings(null);
  #key: string | null = null;
  #server: GatewayServer | null = null;
  #trouble: string | null = null;
  #retry: NodeJS.Timeout | null = null;
  /** An ephemeral run stores nothing: however it ends, the next run finds the settings as they were. */
  #isEphemeral = false;
  #closed = false;
  /** One change after the other: each finds what the one before left. */
  readonly #changes = new Sequencer();

  constructor(ports: GatewayPorts) {
    this.#ports = ports;
    this.#routes = createRoutes({ ...ports, settings: () => this.#settings });
    this.#calls = new CallList(ports.nowMs, () => ports.changes.announce("gateway"));
  }

  /**
   * Reads the stored settings and, unless the run is ephemeral (`listen: false`), listens again if it was on. An ephemeral run
   * stores nothing: its configuration ends with it. A failure becomes the trouble in the status and is never thrown.
   */
  start({ listen }: { listen: boolean }): Promise<void> {
    return this.#changes.queue(async () => {
      this.#isEphemeral = !listen;
      try {
        this.#settings = parseSettings(await this.#ports.settings.get(settingsKey));
        this.#key = await this.#ports.secrets.get(gatewaySecret);
        if (listen && this.#settings.enabled) await this.#listen();
      } catch (error) {
        this.#trouble = describe(error);
      }
      this.#ports.changes.announce("gateway");
    });
  }

  status(): GatewayStatus {
    const { enabled, port, maxBodyBytes, managesModels, heldSentence } = this.#settings;
    const url = this.#server === null ? null : `http://127.0.0.1:${this.#server.port}`;
    return { enabled, url, port, key: this.#key, maxBodyBytes, managesModels, heldSentence, trouble: this.#trouble };
  }

  /** Running requests, then the last finished ones. */
  calls(): GatewayCall[] {
    return this.#calls.all();
  }

  /**
   * Switches it on or off, moves its port, or changes what it takes, allows and writes. Stored before it takes effect, except in an ephemeral run. A port that is taken is
   * trouble in the status. Throws `Failure` where no key can be stored, or the settings cannot be written.
   */
  configure(change: { [Name in keyof GatewaySettings]?: GatewaySettings[Name] | undefined }): Promise<GatewayStatus> {
    return this.#changes.queue(async () => {
      const before = this.#settings;
      const after: GatewaySettings = {
        enabled: change.enabled ?? before.enabled,
        port: change.port ?? before.port,
        maxBodyBytes: change.maxBodyBytes ?? before.maxBodyBytes,
        managesModels: change.managesModels ?? before.managesModels,
        heldSentence: change.heldSentence ?? before.heldSentence,
      };
      if (after.enabled) this.#key ??= await this.#makeKey();
      if (!this.#isEphemeral) await this.#ports.settings.put(settingsKey, JSON.stringify(after));
      this.#settings = after;
      if (!after.enabled || (change.port !== undefined && change.port !== before.port)) await this.#stop();
      if (after.enabled && !this.#server) await this.#listen();
      this.#ports.changes.announce("gateway");
      return this.status();
    });
  }

  /** A fresh key; requests with the old one are refused from now on. Throws `Failure` where no key can be kept. */
  renewKey(): Promise<GatewayStatus> {
    return this.#changes.queue(async () => {
      this.#key = await this.#makeKey();
      if (this.#settings.enabled && !this.#server) await this.#listen();
      this.#ports.changes.announce("gateway");
      return this.status();
    });
  }

  /** Stops listening; running requests end as stopped, which is logged. */
  close(): Promise<void> {
    return this.#changes.queue(async () => {
      this.#closed = true;
      await this.#stop();
      this.#calls.close();
    });
  }

  async #makeKey(): Promise<string> {
    const { secrets } = this.#ports;
    if (!secrets.available)
      throw new Failure("UNAVAILABLE", "The gateway needs a key, and none can be kept here.", {
        remedy: secrets.description,
      });
    const key = newKey();
    await secrets.set(gatewaySecret, key);
    return key;
  }

  /** Never throws: what keeps it from listening is trouble. */
  async #listen(): Promise<void> {
    if (this.#retry) clearTimeout(this.#retry);
    this.#retry = null;
    if (this.#closed) return;
    const { port } = this.#settings;
    try {
      this.#key ??= await this.#makeKey();
      this.#server = await GatewayServer.listen(port, {
        routes: this.#routes,
        calls: this.#calls,
        key: () => this.#key ?? newKey(),
        maxBodyBytes: () => this.#settings.maxBodyBytes,
        limits: this.#ports.limits ?? defaultLimits,
      });
      this.#trouble = null;
    } catch (error) {
      this.#trouble = describe(error, port);
      const { retryMs = defaultRetryMs } = this.#ports;
      this.#retry = setTimeout(() => void this.#changes.queue(() => this.#again()), retryMs).unref();
    }
  }

  async #again(): Promise<void> {
    if (!this.#settings.enabled || this.#server) return;
    await this.#listen();
    if (this.#server) this.#ports.changes.announce("gateway");
  }

  async #stop(): Promise<void> {
    if (this.#retry) clearTimeout(this.#retry);
    this.#retry = null;
    this.#trouble = null;
    const server = this.#server;
    this.#server = null;
    await server?.close();
  }
}

function describe(error: unknown, port?: number): string {
  if (error instanceof Failure) return `${error.message} ${error.data.remedy}`;
  const code = error instanceof Error ? Reflect.get(error, "code") : undefined;
  if (code === "EADDRINUSE")
    return `Port ${port} is in use by another program. Choose another port, or end that program.`;
  if (code === "EACCES") return `Port ${port} is not open to you. Choose one above 1023.`;
  log.error("the gateway did not start", error);
  return `It could not start: ${error instanceof Error ? error.message : String(error)}`;
}
