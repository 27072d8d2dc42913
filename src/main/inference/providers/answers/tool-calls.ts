import { z } from "zod";
import type { ToolCall } from "../../../../shared/contract/inference.ts";

/** A call as far as it has come; `text` is what came of its arguments. */
interface GatheredCall {
  id: string;
  name: string;
  text: string;
  readonly index: number | null;
}

interface Fragment {
  readonly index: number | null;
  readonly id: string;
  readonly name: string;
  /** A part of the arguments' text, or all of it where the server sent an object. */
  readonly text: string;
  readonly isWhole: boolean;
}

/** A call, or what came of one whose arguments are no JSON object or that has no name. */
export type ReadCall =
  | { readonly call: ToolCall }
  | { readonly call: null; readonly name: string; readonly text: string };

const maxWordLength = 200;
/** Of values in one another, in a call's arguments. */
const maxDepth = 200;
/** No server's own. */
const legacyIndex = Number.MIN_SAFE_INTEGER;

/**
 * Gathers the fragments of an answer's tool calls until they are whole. Servers differ in what joins fragments: an index for
 * each call (OpenAI), the index 0 for all of them (Ollama), ids alone, the name in every fragment (llama.cpp's imitators),
 * nothing but the order (Gemini), or a new id in every fragment (early vLLM).
 */
export class ToolCallGatherer {
  readonly #calls: GatheredCall[] = [];
  readonly #latestAt = new Map<number, GatheredCall>();
  readonly #byId = new Map<string, GatheredCall>();
  readonly #isTool: (name: string) => boolean;
  readonly #canBecomeTool: (start: string) => boolean;

  readonly #newId: (position: number) => string;

  /** `tools` are the names of the tools that the model was offered; `newId` names a call that has no id, by its position. */
  constructor(tools: readonly string[], newId: (position: number) => string) {
    this.#newId = newId;
    this.#isTool = (name) => tools.includes(name);
    this.#canBecomeTool = (start) => tools.some((name) => name.startsWith(start));
  }

  /** Takes a message's or delta's `tool_calls`, and its `function_call` of before they existed. False where they are no calls. */
  take(toolCalls: unknown, functionCall: unknown): boolean {
    const list = Array.isArray(toolCalls) ? toolCalls : isEmpty(toolCalls) ? [] : [toolCalls]; // TGI sends one as an object
    const legacy = isEmpty(functionCall) ? [] : [{ index: legacyIndex, function: functionCall }];
    for (const value of [...list, ...legacy]) {
      if (value === null) continue;
      const fragment = readFragment(value);
      if (fragment === null) return false;
      this.#gather(fragment);
    }
    return true;
  }

  /** The calls, in the order in which they began. */
  calls(): ReadCall[] {
    return this.#calls.map(({ id, name, text }, index) => {
      const value = parseArguments(text);
      const parsed = z.record(z.string(), z.json()).safeParse(isWithin(value, maxDepth) ? value : undefined);
      if (!parsed.success || name === "" || name.length > maxWordLength) return { call: null, name, text };
      // An answer to the call has to name it, within what an id may be long.
      const own = id === "" || id.length > maxWordLength ? this.#newId(index) : id;
      return { call: { id: own, name, arguments: parsed.data } };
    });
  }

  #gather(fragment: Fragment): void {
    const { id, name, text, isWhole } = fragment;
    const call = this.#begunBy(fragment) ?? this.#begin(fragment);
    call.id ||= id;
    if (id !== "" && !this.#byId.has(id)) this.#byId.set(id, call);
    if (name !== "" && name !== call.name) call.name = name.startsWith(call.name) ? name : call.name + name;
    if (isWhole ? call.text.trim() === "" : !(text === call.text && isComplete(text))) call.text += text;
  }

  /** The call that a fragment continues; undefined where it begins one. */
  #begunBy(fragment: Fragment): GatheredCall | undefined {
    const { index, id, name } = fragment;
    const last = this.#calls.at(-1);
    const sameId = id === "" ? undefined : this.#byId.get(id);
    // One id for two calls is told apart by their indices, where the second begins as a call does.
    if (sameId !== undefined) {
      const other = index !== null && sameId.index !== null && index !== sameId.index;
      return other && name !== "" && isComplete(sameId.text) ? undefined : sameId;
    }
    const before = index === null ? last : (this.#latestAt.get(index) ?? (name === "" ? last : undefined));
    if (before === undefined || name === "") return before;
    const hasOtherId = id !== "" && before.id !== "";
    return this.#isContinued(before, fragment, hasOtherId) ? before : undefined;
  }

  /** Whether a fragment with a name goes on with `before`, which came under its index, or last where it has none. */
  #isContinued(before: GatheredCall, { index, name, text }: Fragment, hasOtherId: boolean): boolean {
    const beginsAnew = text === "" || text.trimStart().startsWith("{");
    if (before.text.trim() === "") {
      if (hasOtherId) return false;
      if (before.name === "") return true;
      if (name === before.name) return index !== null || !beginsAnew;
      return !this.#isTool(before.name) && (this.#canBecomeTool(before.name + name) || name.startsWith(before.name));
    }
    if (isComplete(before.text)) return text === "" && !hasOtherId && name === before.name;
    // In the middle of its arguments; `{` may open an object inside them.
    return name === before.name && (!hasOtherId || !beginsAnew);
  }

  #begin({ index, id }: Fragment): GatheredCall {
    const call: GatheredCall = { id, name: "", text: "", index };
    this.#calls.push(call);
    if (index !== null) this.#latestAt.set(index, call);
    if (id !== "") this.#byId.set(id, call);
    return call;
  }
}

function readFragment(value: unknown): Fragment | null {
  const parsed = fragmentAnswer.safeParse(value);
  if (!parsed.success) return null;
  const { index, id, function: called, name, arguments: given } = parsed.data;
  const sent = called?.arguments ?? given ?? "";
  return {
    index,
    id,
    name: called?.name ?? name ?? "",
    text: typeof sent === "string" ? sent : JSON.stringify(sent),
    isWhole: typeof sent !== "string",
  };
}

/** The value of arguments as they were written: nothing stands for none, and some servers write JSON into a JSON text. */
function parseArguments(text: string): unknown {
  if (text.trim() === "") return {};
  try {
    const value: unknown = JSON.parse(text);
    if (value === null) return {};
    return typeof value === "string" ? parseArguments(value) : value;
  } catch {
    return undefined;
  }
}

function isComplete(text: string): boolean {
  const end = text.trimEnd();
  // Only what ends as an object or null does is parsed, so that reading fragments stays linear.
  if (!end.endsWith("}") && !end.endsWith("null")) return false;
  const value = parseArguments(text);
  return typeof value === "object" && value !== null;
}

function isWithin(value: unknown, depth: number): boolean {
  if (typeof value !== "object" || value === null) return true;
  return depth > 0 && Object.values(value).every((part) => isWithin(part, depth - 1));
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || value === "" || value === false;
}

const indexAnswer = z.preprocess(
  (value) => (typeof value === "string" && /^\s*\d+\s*$/.test(value) ? Number(value) : value),
  z.number().int().nullish().catch(null),
);
const idAnswer = z
  .union([z.string(), z.number().transform(String)])
  .nullish()
  .catch(null);
const argumentsAnswer = z.union([z.string(), z.record(z.string(), z.unknown())]).nullish();
const fragmentAnswer = z.object({
  index: indexAnswer.transform((index) => index ?? null),
  id: idAnswer.transform((id) => (id === "null" || id === null || id === undefined ? "" : id)),
  function: z.object({ name: z.string().nullish(), arguments: argumentsAnswer }).nullish(),
  // Some write a call without the object around its name.
  name: z.string().nullish().catch(null),
  arguments: argumentsAnswer.catch(null),
});
