import type { LlamaEmbeddingContext, LlamaModel, Token } from "node-llama-cpp";
import { maxThreads } from "./library.ts";

/** A context that turns texts into vectors, for texts of up to so many tokens each. */
export class Embedder {
  readonly tokens: number;
  readonly #context: LlamaEmbeddingContext;

  private constructor(context: LlamaEmbeddingContext, tokens: number) {
    this.#context = context;
    this.tokens = tokens;
  }

  static async open(model: LlamaModel, tokens: number, signal: AbortSignal | undefined): Promise<Embedder> {
    const context = await model.createEmbeddingContext({
      contextSize: tokens,
      // A model that looks both ways has to see the whole text at once.
      batchSize: tokens,
      threads: maxThreads,
      ...(signal === undefined ? {} : { createSignal: signal }),
    });
    return new Embedder(context, tokens);
  }

  /** Of length one, as Ollama gives them. */
  async embed(text: Token[]): Promise<number[]> {
    const { vector } = await this.#context.getEmbeddingFor(text);
    const length = Math.hypot(...vector);
    return length === 0 || !Number.isFinite(length) ? [...vector] : vector.map((value) => value / length);
  }

  async close(): Promise<void> {
    await this.#context.dispose();
  }
}
