import type { Message, ToolCall } from "../../../shared/contract/inference.ts";
import { withoutUndefined } from "../../base/without-undefined.ts";
import { Fields, written } from "../fields.ts";
import { Refusal } from "../http/refusal.ts";
import { imageFrom } from "../openai/content.ts";
import { openaiErrorText } from "../openai/dialect.ts";
import { argumentsOf, withToolNames } from "../openai/requests.ts";
import type { KeptResponses } from "./kept-responses.ts";

const maxImages = 16;

/**
 * The messages of an `input`: a text, or items. What an assistant thought, said and called becomes one message, as it was one turn.
 * Throws `Refusal` naming the item that is none, or that is not kept any more.
 */
export function messagesFrom(fields: Fields, kept: KeptResponses): Message[] {
  const input = fields.any("input");
  if (typeof input === "string") return [{ role: "user", content: input }];
  const items = fields.objects("input", "array");
  if (items === undefined) throw invalid("input", "input is missing. It has to be a text or a list of items.");
  if (items.length === 0) throw invalid("input", "input is empty. It has to be a text or a list of items.");
  const turns = new Turns();
  for (const item of items) turns.add(resolved(item, kept));
  return turns.messages();
}

/** An item that refers to another, as that one. */
function resolved(item: Fields, kept: KeptResponses): Fields {
  if (item.string("type") !== "item_reference") return item;
  const id = item.string("id") ?? "";
  const found = kept.item(id);
  if (found) return new Fields(found, openaiErrorText, item.path);
  const words = `Item with id '${id.slice(0, 200)}' not found. Answers are kept in memory, the latest of them: send the item itself, with store: false.`;
  throw new Refusal(404, "not_found", words, { param: written([...item.path, "id"]) });
}

class Turns {
  readonly #messages: Message[] = [];
  /** Of the assistant's message that comes next. */
  #thinking = "";

  add(item: Fields): void {
    const type = item.string("type") ?? (item.any("role") === undefined ? "" : "message");
    switch (type) {
      case "message":
        return this.#message(item);
      case "reasoning":
        this.#thinking += thoughtsIn(item);
        return;
      case "function_call":
        return this.#call(item);
      case "function_call_output":
        this.#messages.push({
          role: "tool",
          ...partsOf(item, "output"),
          ...withoutUndefined({ toolCallId: item.string("call_id") }),
        });
        return;
      default: {
        const words = `'${type}' is not supported. An item has to be a message, reasoning, function_call, function_call_output or item_reference.`;
        throw invalid(written([...item.path, "type"]), words);
      }
    }
  }

  /** Thoughts without an answer were cut off, and stand alone. */
  messages(): Message[] {
    if (this.#thinking !== "") this.#messages.push({ role: "assistant", content: "", ...this.#takeThinking() });
    return withToolNames(this.#messages);
  }

  #message(item: Fields): void {
    const given = item.string("role");
    const role = given === "developer" ? "system" : given;
    if (role !== "system" && role !== "user" && role !== "assistant")
      throw invalid(
        written([...item.path, "role"]),
        `Invalid value: '${given ?? ""}'. Supported values are: 'user', 'assistant', 'system' and 'developer'.`,
      );
    const thinking = role === "assistant" ? this.#takeThinking() : {};
    this.#messages.push({ role, ...partsOf(item, "content"), ...thinking });
  }

  #call(item: Fields): void {
    const call: ToolCall = {
      id: item.string("call_id") ?? item.string("id") ?? written(item.path),
      name: item.string("name") ?? "",
      arguments: argumentsOf(item.string("arguments") ?? "{}", [...item.path, "arguments"]),
    };
    const last = this.#messages.at(-1);
    if (last?.role === "assistant" && this.#thinking === "")
      this.#messages[this.#messages.length - 1] = { ...last, toolCalls: [...(last.toolCalls ?? []), call] };
    else this.#messages.push({ role: "assistant", content: "", ...this.#takeThinking(), toolCalls: [call] });
  }

  #takeThinking(): Pick<Message, "thinking"> {
    const thinking = this.#thinking;
    this.#thinking = "";
    return thinking === "" ? {} : { thinking };
  }
}

function thoughtsIn(item: Fields): string {
  const parts = [...(item.objects("content", "array") ?? []), ...(item.objects("summary", "array") ?? [])];
  return parts.map((part) => part.string("text") ?? "").join("\n");
}

/** A text, or a list of texts and of images as data URLs. */
function partsOf(item: Fields, name: "content" | "output"): Pick<Message, "content" | "images"> {
  const given = item.any(name);
  const path = [...item.path, name];
  if (typeof given === "string") return { content: given };
  if (given === undefined) throw invalid(written(path), `${name} is missing. It has to be a text or a list of parts.`);
  const texts: string[] = [];
  const images: string[] = [];
  for (const part of item.objects(name, "array") ?? []) {
    const type = part.string("type") ?? "";
    if (type === "input_text" || type === "output_text" || type === "text") texts.push(part.string("text") ?? "");
    else if (type === "refusal") texts.push(part.string("refusal") ?? "");
    else if (type === "input_image")
      images.push(imageFrom(part.string("image_url") ?? "", [...part.path, "image_url"]));
    else
      throw invalid(
        written([...part.path, "type"]),
        `'${type}' is not supported. A part has to be input_text, output_text or input_image.`,
      );
  }
  if (images.length > maxImages)
    throw invalid(written(path), `${images.length} images are too many. Send ${maxImages} at most.`);
  return { content: texts.join("\n"), ...(images.length > 0 && { images }) };
}

function invalid(param: string, message: string): Refusal {
  return new Refusal(400, "invalid_value", message, { param });
}
