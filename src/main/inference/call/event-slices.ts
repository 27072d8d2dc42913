import { piecesOf, Slices } from "../../base/slices.ts";
import type { ProviderEvent } from "../provider.ts";

/** What an event costs beside its characters, in characters. */
const eventCost = 64;
/** A tool call's arguments are written down and checked as a text is. */
const toolCallCost = 1_024;

/**
 * The events of a model, long texts in pieces, with a pause wherever a slice of work was done: a server that sends everything at
 * once must not keep the event loop to itself until all of it is checked.
 */
export async function* inSlices(
  events: AsyncIterable<ProviderEvent>,
  slices = new Slices(),
): AsyncGenerator<ProviderEvent, void> {
  for await (const event of events) {
    if (event.type === "text" || event.type === "thought")
      for (const text of piecesOf(event.text)) {
        yield { type: event.type, text };
        const pause = slices.spend(text.length + eventCost);
        if (pause) await pause;
      }
    else {
      yield event;
      const pause = slices.spend(event.type === "tool_call" ? toolCallCost : eventCost);
      if (pause) await pause;
    }
  }
}
