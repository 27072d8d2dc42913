import type { InferenceEvent, ToolCall } from "../../../shared/contract/inference.ts";
import { assertNever } from "../../base/failure.ts";
import { type AnswerFormat, findingText } from "../answer-format.ts";
import type { Exchange } from "./exchange.ts";
import { type Refusal, refusalOfEvent, switchedOff } from "./refusal.ts";

/**
 * Sends the events of a call, as a stream or as one body, in an API's format. A failure before anything was sent becomes the
 * status; a later one is sent in the stream. Throws what the call throws.
 */
export async function answer(
  exchange: Exchange,
  events: AsyncIterable<InferenceEvent>,
  format: AnswerFormat,
  stream: boolean,
): Promise<void> {
  let text = "";
  let thoughts = "";
  let held: Extract<InferenceEvent, { type: "held" }> | null = null;
  const toolCalls: ToolCall[] = [];
  // What is sent whole is not formatted in parts.
  const send = (part: () => string) => stream && exchange.send(format.contentType, part());
  for await (const event of events) {
    switch (event.type) {
      case "started":
        exchange.inference(event.inferenceId);
        break;
      case "attempt":
        break;
      case "thought":
        thoughts += event.text;
        send(() => format.thought(event.text));
        break;
      case "text_was_thought":
        thoughts += text;
        text = "";
        // What was sent is sent: the program gets the mark by which the model itself ended its thought.
        send(() => format.text(`${event.marker}\n\n`));
        break;
      case "left_out": // stories alone are shaped
        break;
      case "token":
        text += event.text;
        send(() => format.text(event.text));
        break;
      case "tool_call":
        toolCalls.push(event.call);
        send(() => format.toolCall(event.call));
        break;
      case "held": {
        held = event;
        exchange.finding(findingText(event));
        const instead = text === "" || /\s$/.test(text) ? event.fallback : ` ${event.fallback}`;
        text += instead;
        send(() => format.text(instead));
        break;
      }
      case "done":
        if (event.droppedMessages !== undefined) exchange.dropped(event.droppedMessages);
        if (event.finishReason === "stopped") return fail(exchange, format, switchedOff()); // or the program left, and reads nothing
        if (!stream) return exchange.json(format.whole({ done: event, held, text, thoughts, toolCalls }));
        send(() => format.end({ done: event, held }));
        return exchange.endStream();
      case "failed":
        return fail(exchange, format, refusalOfEvent(event));
      default:
        assertNever(event);
    }
  }
}

/** In the stream where one has begun, else as the answer. */
export function fail(
  exchange: Exchange,
  format: Pick<AnswerFormat, "contentType" | "failed"> | null,
  refusal: Refusal,
): void {
  if (!format || !exchange.response.headersSent) return exchange.refuse(refusal);
  exchange.send(format.contentType, format.failed(refusal));
  exchange.endStream(refusal.message);
}
