import type { ModelVersion, ProviderName, VersionConfiguration } from "../../shared/contract/registry.ts";
import type { ServerDirectory } from "../gateway/served-versions.ts";

export interface AddressesPorts {
  /** Base URL of the Ollama that versions without an endpoint of their own are on; a path in it is a gateway's prefix. */
  readonly defaultEndpoint: string;
  /** The server behind an OpenAI-compatible endpoint, the same for all its spellings. */
  readonly openAIBase: (endpoint: string) => string;
}

/** Where versions' calls go, and which servers those are. */
export class Addresses implements ServerDirectory {
  readonly #ports: AddressesPorts;
  readonly #spellings = new Map<string, string>();
  readonly #bases = new Map<string, boolean>();

  constructor(ports: AddressesPorts) {
    this.#ports = ports;
  }

  get defaultEndpoint(): string {
    return this.#ports.defaultEndpoint;
  }

  /** Where a version's calls may go, each once, its own endpoint first; `embedded` for the built-in engine. */
  of({ provider, configuration }: Pick<ModelVersion, "provider" | "configuration">): readonly string[] {
    if (provider === "embedded") return ["embedded"];
    const { endpoint = this.#ports.defaultEndpoint, replicas = [] } = configuration;
    return [...new Set([endpoint, ...replicas].map((address) => this.#plain(address)))];
  }

  /** The server behind an endpoint, as a base URL; null where there is none to probe: a generate URL, or the built-in engine. */
  serverOf(provider: ProviderName, endpoint: string): string | null {
    if (provider === "embedded") return null;
    if (provider === "openai") return this.#ports.openAIBase(endpoint);
    const address = this.#plain(endpoint);
    return address === this.#ports.defaultEndpoint || this.#isBase(address) ? address : null;
  }

  /** The server that a version's calls go to first; null where there is none to ask. */
  primaryServerOf(version: Pick<ModelVersion, "provider" | "configuration">): string | null {
    return this.serverOf(version.provider, this.of(version)[0] ?? this.#ports.defaultEndpoint);
  }

  /** The servers of a version as the registry keeps them: empty for the default one, whatever that will be then. */
  serversOf(provider: ProviderName, { endpoint, replicas = [] }: VersionConfiguration): string[] {
    if (provider === "embedded") return [];
    const named = [...(endpoint === undefined ? [] : [endpoint]), ...replicas];
    const servers = named.map((address) => this.serverOf(provider, address)).filter((server) => server !== null);
    return [...new Set(endpoint === undefined ? ["", ...servers] : servers)];
  }

  /** How a server is saved: the server behind the endpoint, or the generate URL itself. */
  savedAs(provider: ProviderName, endpoint: string): string {
    return this.serverOf(provider, endpoint) ?? this.#plain(endpoint);
  }

  /** A base URL without its slash, so that every spelling of a server is the same one. Asked for each call, so remembered. */
  #plain(endpoint: string): string {
    const known = this.#spellings.get(endpoint);
    if (known !== undefined) return known;
    const plain = endpoint === this.#ports.defaultEndpoint ? endpoint : withoutSlash(new URL(endpoint));
    return remember(this.#spellings, endpoint, plain);
  }

  /** Whether an address is a base URL without a path. Every call asks, and parsing a URL is slow: so it is remembered. */
  #isBase(address: string): boolean {
    return this.#bases.get(address) ?? remember(this.#bases, address, new URL(address).pathname === "/");
  }
}

const maxRemembered = 1_000;

function remember<Value>(known: Map<string, Value>, address: string, value: Value): Value {
  if (known.size >= maxRemembered) known.clear();
  known.set(address, value);
  return value;
}

function withoutSlash(url: URL): string {
  return url.pathname === "/" && url.search === "" ? url.origin : url.href;
}
