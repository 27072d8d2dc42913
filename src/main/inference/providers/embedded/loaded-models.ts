import { whole } from "../../../../shared/format.ts";
import { stat } from "node:fs/promises";
import { basename } from "node:path";
import type { ChatWrapper, Llama, LlamaModel } from "node-llama-cpp";
import { Embedder } from "./embedder.ts";
import { EngineError } from "./engine-error.ts";
import { contextBytes, readInsights, weightsBytes, windowOf } from "./insights.ts";
import { chatWrapperOf, type LlamaLibrary, maxThreads } from "./library.ts";
import type { ModelSource } from "./protocol.ts";
import { Session } from "./session.ts";

/** What can still be taken of this machine's memory; `usedBytes` is the estimate for the loaded models. */
export type FreeBytes = (usedBytes: number) => Promise<number>;

export interface LoadedModel {
  readonly path: string;
  /** Of the file that was loaded: another one in its place is another model. */
  readonly fileState: string | null;
  readonly model: LlamaModel;
  readonly wrapper: ChatWrapper;
  /** As reckoned before it was loaded. */
  readonly weightsBytes: number;
  /** By their window in tokens; least recently used first. */
  readonly sessions: Map<number, Session>;
  embedder: Embedder | null;
}

/** Two, so that two layers of a story may take turns without loading each time. */
const maxModels = 2;
const maxSessions = 2;

/**
 * The weights in memory, one copy a file however many versions use it, and the contexts on them. What was not used for longest
 * is unloaded first; what does not fit even then is refused before anything is loaded. Calls must not overlap.
 */
export class LoadedModels {
  readonly #library: LlamaLibrary;
  readonly #changed: (paths: string[]) => void;
  readonly #freeBytes: FreeBytes;
  /** By path, least recently used first. */
  readonly #models = new Map<string, LoadedModel>();

  constructor(library: LlamaLibrary, changed: (paths: string[]) => void, freeBytes: FreeBytes) {
    this.#library = library;
    this.#changed = changed;
    this.#freeBytes = freeBytes;
  }

  /** The weights alone, and what they allow to be asked of them. */
  async model(source: ModelSource, signal?: AbortSignal): Promise<LoadedModel> {
    return (await this.#modelInMemory(source.path)) ?? (await this.#load(source, 0, signal));
  }

  /** A context of the source's window; `fresh` where it, or the weights too, had to be made for it. */
  async session(
    source: ModelSource,
    signal?: AbortSignal,
  ): Promise<{ loaded: LoadedModel; session: Session; fresh: boolean }> {
    const inMemory = await this.#modelInMemory(source.path);
    const loaded = inMemory ?? (await this.#load(source, source.contextTokens, signal));
    const window = windowOf(source, loaded.model.trainContextSize);
    const found = loaded.sessions.get(window);
    if (found !== undefined) {
      loaded.sessions.delete(window);
      loaded.sessions.set(window, found);
      return { loaded, session: found, fresh: false };
    }
    if (inMemory !== null)
      await this.#freeMemory(await contextBytes(inMemory.model.fileInsights, window), source, window, inMemory);
    if (loaded.sessions.size >= maxSessions) await closeOldest(loaded.sessions);
    const session = await this.#create(source, signal, () => Session.open(loaded.model, window, signal));
    loaded.sessions.set(window, session);
    return { loaded, session, fresh: true };
  }

  /** For texts of up to `tokens` tokens each, which the model must be able to take. */
  async embedder(source: ModelSource, loaded: LoadedModel, tokens: number, signal?: AbortSignal): Promise<Embedder> {
    if (loaded.embedder !== null && loaded.embedder.tokens >= tokens) return loaded.embedder;
    await loaded.embedder?.close();
    loaded.embedder = null;
    const contextTokens = Math.max(tokens, Math.min(512, windowOf(source, loaded.model.trainContextSize)));
    await this.#freeMemory(
      await contextBytes(loaded.model.fileInsights, contextTokens, true),
      source,
      contextTokens,
      loaded,
    );
    loaded.embedder = await this.#create(source, signal, () => Embedder.open(loaded.model, contextTokens, signal));
    return loaded.embedder;
  }

  /** One file's weights with all that stands on them, or everything. */
  async unload(path: string | null): Promise<void> {
    for (const each of path === null ? this.#models.keys() : [path]) await this.#evict(each);
  }

  /** The model in memory, unless its file is gone or was replaced since. */
  async #modelInMemory(path: string): Promise<LoadedModel | null> {
    const found = this.#models.get(path);
    if (found === undefined) return null;
    if ((await fileState(path)) !== found.fileState) {
      await this.#evict(path);
      return null;
    }
    // Re-inserting keeps the map in order of use, oldest first.
    this.#models.delete(path);
    this.#models.set(path, found);
    return found;
  }

  async #load(source: ModelSource, contextTokens: number, signal: AbortSignal | undefined): Promise<LoadedModel> {
    const { path } = source;
    const insights = await readInsights(this.#library, path);
    const window = contextTokens === 0 ? 0 : windowOf(source, insights.trainContextSize);
    const weights = await weightsBytes(this.#library, insights, path);
    const needed = weights + (window === 0 ? 0 : await contextBytes(insights, window));
    while (this.#models.size >= maxModels) await this.#evictOldest(null);
    await this.#freeMemory(needed, source, window, null);
    signal?.throwIfAborted();
    const state = await fileState(path);
    const loaded = await this.#create(source, signal, async (llama) => {
      const model = await llama.loadModel({ modelPath: path, ...(signal === undefined ? {} : { loadSignal: signal }) });
      try {
        const wrapper = await chatWrapperOf(model);
        const sessions = new Map<number, Session>();
        return { path, fileState: state, model, wrapper, weightsBytes: weights, sessions, embedder: null };
      } catch (error) {
        await model.dispose();
        throw error;
      }
    });
    this.#models.set(path, loaded);
    this.#report();
    return loaded;
  }

  async #create<Made>(
    source: ModelSource,
    signal: AbortSignal | undefined,
    make: (llama: Llama) => Promise<Made>,
  ): Promise<Made> {
    const llama = await this.#library.start();
    llama.maxThreads = maxThreads;
    this.#library.clearLastError();
    try {
      return await make(llama);
    } catch (cause) {
      signal?.throwIfAborted();
      const message = this.#library.lastError ?? (cause instanceof Error ? cause.message : String(cause));
      throw new EngineError("load_failed", `${basename(source.path)} could not be loaded: ${message}`, { cause });
    }
  }

  /**
   * Lets go of what was not used for longest until so much is free. Throws `EngineError` (not_enough_memory), and lets go of
   * nothing, where all of it would not be enough.
   */
  async #freeMemory(needed: number, source: ModelSource, window: number, keep: LoadedModel | null): Promise<void> {
    let free = await this.#free();
    const within = free + (await this.#givesBack(keep));
    while (needed <= within) {
      if (needed <= free) return;
      if (!(await this.#evictOldest(keep)) && !(await closeOldest(keep?.sessions))) break;
      free = await this.#free();
    }
    const context = window === 0 ? "" : ` with a context of ${whole(window)} tokens`;
    throw new EngineError(
      "not_enough_memory",
      `${basename(source.path)} needs ${gigabytes(needed)} of memory${context}, and ` +
        `${gigabytes(needed <= within ? free : within)} are free`,
    );
  }

  /** The bytes that all but the kept weights take. */
  async #givesBack(keep: LoadedModel | null): Promise<number> {
    let bytes = 0;
    for (const loaded of this.#models.values()) {
      const { fileInsights } = loaded.model;
      if (loaded !== keep) bytes += loaded.weightsBytes;
      for (const window of loaded.sessions.keys()) bytes += await contextBytes(fileInsights, window);
      if (loaded !== keep && loaded.embedder !== null)
        bytes += await contextBytes(fileInsights, loaded.embedder.tokens, true);
    }
    return bytes;
  }

  /** Where a graphics card has memory of its own, the weights may go there. */
  async #free(): Promise<number> {
    const llama = await this.#library.start();
    const free = await this.#freeBytes(await this.#givesBack(null));
    if (llama.gpu === false) return free;
    const card = await llama.getVramState();
    return free + Math.max(0, card.free - card.unifiedSize);
  }

  async #evictOldest(keep: LoadedModel | null): Promise<boolean> {
    const oldest = [...this.#models.values()].find((loaded) => loaded !== keep);
    if (oldest === undefined) return false;
    await this.#evict(oldest.path);
    return true;
  }

  async #evict(path: string): Promise<void> {
    const loaded = this.#models.get(path);
    if (loaded === undefined) return;
    this.#models.delete(path);
    for (const session of loaded.sessions.values()) await session.close();
    await loaded.embedder?.close();
    await loaded.model.dispose();
    this.#report();
  }

  #report(): void {
    this.#changed([...this.#models.keys()]);
  }
}

async function closeOldest(sessions: Map<number, Session> = new Map()): Promise<boolean> {
  for (const [window, session] of sessions) {
    sessions.delete(window);
    await session.close();
    return true;
  }
  return false;
}

async function fileState(path: string): Promise<string | null> {
  const found = await stat(path).catch(() => null);
  return found === null ? null : [found.dev, found.ino, found.size, found.mtimeMs].join(":");
}

/** As memory is sold: 1 GB is 1,000,000,000 bytes. */
function gigabytes(bytes: number): string {
  const gb = bytes / 1e9;
  return `${gb.toLocaleString("en", { maximumFractionDigits: gb < 0.1 ? 3 : gb < 10 ? 2 : 1 })} GB`;
}
