import { freemem } from "node:os";
import type { ProviderWindow } from "../../provider.ts";
import { listRunning, type OllamaServer, type WindowFacts, windowFacts } from "./discover.ts";
import { sameModel } from "./endpoint.ts";

/** What Ollama gives a model at least when nobody asks for more. */
const serverTokens = 4_096;
const knownForMs = 30_000;
const modelsLimit = 200;

/** The window a model can have on a server, from what the server says of it. Answers are kept for half a minute. */
export class Windows {
  readonly #known = new Map<string, { readonly window: Promise<ProviderWindow | null>; readonly until: number }>();

  /** Null where the server says neither what it has loaded nor how the model was trained. Throws ProviderError. */
  of(server: OllamaServer, model: string): Promise<ProviderWindow | null> {
    const key = `${server.endpoint} ${model}`;
    const known = this.#known.get(key);
    if (known !== undefined && performance.now() < known.until) return known.window;
    if (this.#known.size >= modelsLimit) this.#known.clear();
    const window = ask(server, model);
    this.#known.set(key, { window, until: performance.now() + knownForMs });
    window.catch(() => this.#known.delete(key)); // thrown to the caller
    return window;
  }
}

async function ask(server: OllamaServer, model: string): Promise<ProviderWindow | null> {
  const [facts, running] = await Promise.all([windowFacts(server, model), listRunning(server)]);
  const loaded = running.find(({ name }) => sameModel(name, model))?.contextTokens ?? null;
  const tokens = windowFrom(facts, loaded, isHere(server.endpoint) ? freemem() : null);
  return tokens === null ? null : { tokens, options: { num_ctx: tokens } };
}

/** On this machine what is free may grow the window; of another machine's memory nothing is known. */
function isHere(endpoint: string): boolean {
  const { hostname } = new URL(endpoint);
  return hostname === "localhost" || hostname === "[::1]" || hostname.startsWith("127.");
}

/**
 * What the Modelfile sets; else the larger of what is loaded and what the model was trained for, as far as its memory goes: the
 * attention's memory may take a quarter of the free bytes, 2 GiB at most, and a server of another machine is asked for 8,192.
 */
export function windowFrom(facts: WindowFacts, loadedTokens: number | null, freeBytes: number | null): number | null {
  const { modelfileTokens, trainedTokens, bytesPerToken } = facts;
  if (modelfileTokens !== null) return modelfileTokens;
  if (trainedTokens === null) return loadedTokens;
  const affordable = bytesPerToken === null || freeBytes === null ? 8_192 : affordableTokens(bytesPerToken, freeBytes);
  return Math.max(loadedTokens ?? 0, Math.min(trainedTokens, Math.max(serverTokens, affordable)));
}

const maxCacheBytes = 2 * 1024 ** 3;

function affordableTokens(bytesPerToken: number, freeBytes: number): number {
  const tokens = Math.min(freeBytes / 4, maxCacheBytes) / bytesPerToken;
  return Math.floor(tokens / 1_024) * 1_024;
}
