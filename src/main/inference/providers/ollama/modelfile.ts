import { Failure } from "../../../base/failure.ts";

/** One instruction of a Modelfile; of a PARAMETER or a MESSAGE, `of` names which parameter or whose. */
export interface Instruction {
  readonly name: InstructionName;
  readonly of: string | null;
  readonly value: string;
  readonly line: number;
}

const names = [
  "from",
  "parameter",
  "template",
  "system",
  "adapter",
  "license",
  "message",
  "renderer",
  "parser",
  "requires",
] as const;
type InstructionName = (typeof names)[number];

/**
 * Reads a Modelfile's text as the `ollama` command does: an instruction a line, in any case; values plain, in quotes, or in
 * triple quotes over many lines; comments at the start of a line. Throws `Failure` (BAD_REQUEST, field `modelfile`) that
 * names the line.
 *
 * @example readModelfile("FROM llama3.2:1b\nPARAMETER stop END")
 *   // [{ name: "from", of: null, value: "llama3.2:1b", line: 1 }, { name: "parameter", of: "stop", value: "END", line: 2 }]
 */
export function readModelfile(text: string): Instruction[] {
  const reader = new Reader(text.replace(/^\uFEFF/, ""));
  const instructions: Instruction[] = [];
  for (let next = readInstruction(reader); next !== null; next = readInstruction(reader)) instructions.push(next);
  if (!instructions.some(({ name }) => name === "from")) {
    throw badModelfile(
      "The Modelfile has no FROM.",
      text,
      "Begin it with FROM and a model's name or a GGUF file's path.",
    );
  }
  return instructions;
}

/** The failure of a Modelfile that cannot be used: BAD_REQUEST on the field `modelfile`. */
export function badModelfile(message: string, value: string, remedy: string): Failure {
  return new Failure("BAD_REQUEST", message, { field: "modelfile", value: value.slice(0, 200), remedy });
}

const blanks = /[ \t]*/y;
const betweenInstructions = /(?:\s|#[^\r\n]*)*/y;
const word = /\S*/y;
const restOfLine = /[^\r\n]*/y;
const lineEnds = /[\r\n]*/y;

function readInstruction(reader: Reader): Instruction | null {
  reader.take(betweenInstructions);
  if (reader.atEnd()) return null;
  const { line } = reader;
  const written = reader.take(word);
  const name = names.find((candidate) => candidate === written.toLowerCase());
  if (name === undefined) {
    throw badModelfile(
      `Line ${line} of the Modelfile begins with ${written}, which is no instruction.`,
      written,
      `Begin each line with one of ${names.map((known) => known.toUpperCase()).join(", ")}, or with # for a comment.`,
    );
  }
  reader.take(blanks);
  const of = name === "parameter" || name === "message" ? reader.take(word) : null;
  if (name === "message" && of !== "system" && of !== "user" && of !== "assistant") {
    throw badModelfile(
      `Line ${line} of the Modelfile has a MESSAGE of ${of === "" ? "nobody" : of}.`,
      of ?? "",
      "Write MESSAGE, then system, user or assistant, then the text.",
    );
  }
  return { name, of, value: readValue(reader, line, name), line };
}

/** To the end of the line, or of the quotes that it opens. */
function readValue(reader: Reader, line: number, name: InstructionName): string {
  let text = reader.take(restOfLine).trimStart();
  if (text === "") {
    throw badModelfile(
      `Line ${line} of the Modelfile has ${name.toUpperCase()} without a value.`,
      name.toUpperCase(),
      `Write its value on the same line as ${name.toUpperCase()}.`,
    );
  }
  for (;;) {
    const value = unquoted(text.trim());
    if (value !== null) return value;
    if (reader.atEnd()) {
      throw badModelfile(
        `The quotes that line ${line} of the Modelfile opens are never closed.`,
        text,
        'End the value with the quotes that begin it: " or """.',
      );
    }
    text += reader.take(lineEnds) + reader.take(restOfLine);
  }
}

/** Null where the quotes are still open. */
function unquoted(text: string): string | null {
  for (const quotes of ['"""', '"']) {
    if (!text.startsWith(quotes)) continue;
    if (text.length < quotes.length * 2 || !text.endsWith(quotes)) return null;
    return text.slice(quotes.length, -quotes.length);
  }
  return text;
}

/** Takes a text apart from its start to its end; patterns are sticky and may match nothing. */
class Reader {
  readonly #text: string;
  #at = 0;
  line = 1;

  constructor(text: string) {
    this.#text = text;
  }

  atEnd(): boolean {
    return this.#at >= this.#text.length;
  }

  take(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const taken = pattern.exec(this.#text)?.[0] ?? "";
    this.#at += taken.length;
    this.line += taken.split("\n").length - 1;
    return taken;
  }
}
