import { piecesOf, Slices } from "../base/slices.ts";
import type { ProviderEvent } from "./provider.ts";

/** What an event costs beside its characters, in characters. */
const eventCost = 64;
/** A tool call's arguments are written down and checked as a text is. */
const toolCallCost = 1_024;

/** Without a limit of its own an answer ends here: some hundred thousand tokens, longer than any model writes for a purpose. */
const defaultCharacters = 400_000;
/** No token is longer: a server that does not keep the limit it was given is kept to it. */
const charactersAToken = 32;

/** How long an answer may become, in characters, by the limit of tokens it was asked for with. */
export function characterLimit(maxTokens: number | undefined): number {
  return maxTokens === undefined ? defaultCharacters : maxTokens * charactersAToken;
}

/** How an answer ends that is longer than its limit: as one that reached it. */
const cutOff: ProviderEvent = {
  type: "result",
  result: {
    finishReason: "length",
    promptTokens: null,
    completionTokens: null,
    queueMs: null,
    loadMs: null,
    prefillMs: null,
    decodeMs: null,
    promptTruncated: false,
  },
};

/**
 * The events of a model, long texts in pieces, with a pause wherever a slice of work was done: a server that sends everything at
 * once must not keep the event loop to itself until all of it is checked. One that sends for ever is left at `limit` characters.
 */
export async function* inSlices(
  events: AsyncIterable<ProviderEvent>,
  slices = new Slices(),
  limit = Number.POSITIVE_INFINITY,
): AsyncGenerator<ProviderEvent, void> {
  let left = limit;
  for await (const event of events) {
    if (event.type === "text" || event.type === "thought")
      for (const piece of piecesOf(event.text)) {
        const text = piece.slice(0, left);
        left -= piece.length;
        if (text !== "") yield { type: event.type, text };
        if (left < 0) return yield cutOff;
        const pause = slices.spend(text.length + eventCost);
        if (pause) await pause;
      }
    else {
      if (event.type === "tool_call") left -= toolCallCost;
      if (left < 0) return yield cutOff;
      yield event;
      const pause = slices.spend(event.type === "tool_call" ? toolCallCost : eventCost);
      if (pause) await pause;
    }
  }
}
