import type { Message, ToolCall } from "../../../shared/contract/inference.ts";
import type { Fields } from "../fields.ts";
import { isBase64 } from "../text-request.ts";
import { invalid } from "./dialect.ts";

const maxImages = 16;

/** What one turn's blocks hold. */
interface Gathered {
  readonly texts: string[];
  readonly images: string[];
  readonly calls: ToolCall[];
  /** Answers of tools, each a message of its own before what the user says. */
  readonly results: Message[];
  thinking: string;
}

/** One turn as messages: the answers of its tools, then what it says. Throws `Refusal` naming the block that cannot be taken. */
export function turnMessages(fields: Fields): Message[] {
  const role = fields.string("role");
  if (role !== "user" && role !== "assistant" && role !== "system")
    throw invalid([...fields.path, "role"], "Input should be 'user' or 'assistant'");
  const content = fields.any("content");
  if (typeof content === "string") return [{ role, content }];
  if (content === undefined) throw invalid([...fields.path, "content"], "Field required");
  const gathered: Gathered = { texts: [], images: [], calls: [], results: [], thinking: "" };
  for (const block of fields.objects("content", "array") ?? []) gather(block, role, gathered);
  const { texts, images, calls, results, thinking } = gathered;
  if (images.length > maxImages)
    throw invalid([...fields.path, "content"], `${images.length} images are too many. Send ${maxImages} at most.`);
  const isEmpty = !(texts.length > 0 || images.length > 0 || calls.length > 0 || thinking !== "");
  if (isEmpty) return results;
  const message: Message = {
    role,
    content: texts.join("\n"),
    ...(images.length > 0 && { images }),
    ...(calls.length > 0 && { toolCalls: calls }),
    ...(thinking !== "" && { thinking }),
  };
  return [...results, message];
}

/** The text of `system` or of a tool's answer: a text, or a list of text blocks and, where they may be, of images. */
export function textOf(fields: Fields, name: string, images?: string[]): string {
  const given = fields.any(name);
  if (given === undefined) return "";
  if (typeof given === "string") return given;
  const texts: string[] = [];
  for (const block of fields.objects(name, "array") ?? []) {
    const type = block.string("type") ?? "";
    if (type === "text") texts.push(block.string("text") ?? "");
    else if (type === "image" && images !== undefined) images.push(imageOf(block));
    else throw notTaken(block, type);
  }
  return texts.join("\n");
}

function gather(block: Fields, role: Message["role"], into: Gathered): void {
  const type = block.string("type") ?? "";
  if (type === "text") into.texts.push(block.string("text") ?? "");
  else if (type === "image") into.images.push(imageOf(block));
  else if (type === "document") into.texts.push(documentOf(block));
  else if (role === "user" && type === "tool_result") into.results.push(toolResult(block));
  else if (role === "assistant" && type === "tool_use") into.calls.push(toolUse(block));
  else if (role === "assistant" && type === "thinking") into.thinking += block.string("thinking") ?? "";
  else if (role !== "assistant" || type !== "redacted_thinking") throw notTaken(block, type); // nobody but its maker can read that
}

function toolUse(block: Fields): ToolCall {
  return { id: required(block, "id"), name: required(block, "name"), arguments: block.json("input") ?? {} };
}

function toolResult(block: Fields): Message {
  const images: string[] = [];
  const text = textOf(block, "content", images);
  // What failed is only told apart in words.
  const content = block.boolean("is_error") === true ? `Error: ${text}` : text;
  return {
    role: "tool",
    content,
    toolCallId: required(block, "tool_use_id"),
    ...(images.length > 0 && { images }),
  };
}

function imageOf(block: Fields): string {
  const source = block.object("source");
  const path = [...block.path, "source"];
  if (source?.string("type") !== "base64")
    throw invalid(path, "only images of type base64 are taken: nothing is fetched, and no files are stored");
  const data = source.string("data") ?? "";
  if (!isBase64(data)) throw invalid([...path, "data"], "the image's base64 is not right");
  return data;
}

function documentOf(block: Fields): string {
  const source = block.object("source");
  if (source?.string("type") !== "text")
    throw invalid([...block.path, "source"], "only documents of type text are taken: send what is in it as text");
  return source.string("data") ?? "";
}

function required(block: Fields, name: string): string {
  const value = block.string(name);
  if (value === undefined) throw invalid([...block.path, name], "Field required");
  return value;
}

function notTaken(block: Fields, type: string) {
  return invalid([...block.path, "type"], `'${type.slice(0, 200)}' is not supported by Taleward. Send it as text`);
}
