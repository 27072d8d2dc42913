import type { Message } from "../../../shared/contract/inference.ts";

/** One item of an answer, as it was sent. */
export interface OutputItem {
  readonly id: string;
  readonly type: "message" | "reasoning" | "function_call";
}

/** An answer that later requests may refer to. */
export interface KeptResponse {
  readonly id: string;
  /** As it was sent. */
  readonly body: object;
  readonly items: readonly OutputItem[];
  /** The conversation up to it, the answer included, without the instructions. */
  readonly messages: readonly Message[];
  /** What it adds to what is kept. */
  readonly characters: number;
}

const maxResponses = 1_000;
const maxCharacters = 16_000_000;

/**
 * The answers of `/v1/responses` that programs may refer to by `previous_response_id` or by an item's id. In memory alone: they end
 * with Taleward, and the oldest make room for new ones.
 */
export class KeptResponses {
  readonly #responses = new Map<string, KeptResponse>();
  readonly #items = new Map<string, OutputItem>();
  #characters = 0;

  keep(response: KeptResponse): void {
    this.#responses.set(response.id, response);
    for (const item of response.items) this.#items.set(item.id, item);
    this.#characters += response.characters;
    for (const id of this.#responses.keys()) {
      if (this.#responses.size <= maxResponses && this.#characters <= maxCharacters) return;
      this.remove(id);
    }
  }

  response(id: string): KeptResponse | null {
    return this.#responses.get(id) ?? null;
  }

  item(id: string): OutputItem | null {
    return this.#items.get(id) ?? null;
  }

  /** Whether it was there. */
  remove(id: string): boolean {
    const response = this.#responses.get(id);
    if (!response) return false;
    this.#responses.delete(id);
    this.#characters -= response.characters;
    for (const item of response.items) this.#items.delete(item.id);
    return true;
  }
}
