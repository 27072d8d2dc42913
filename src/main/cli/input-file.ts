import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { buffer } from "node:stream/consumers";
import { decodeText } from "./decode-text.ts";
import { Failure } from "../base/failure.ts";
import type { Terminal } from "./invocation.ts";

/**
 * The text of a file, or of stdin where it is named `-`, in UTF-8 or UTF-16. Throws `Failure` BAD_REQUEST with what it should have
 * been.
 */
export async function readInput(named: string, shouldBe: string): Promise<string> {
  const file = named === "-" ? "stdin" : resolve(named);
  let bytes: Uint8Array;
  try {
    bytes = await (named === "-" ? buffer(process.stdin) : readFile(file));
  } catch (error) {
    throw unusable(file, `cannot be read: ${messageOf(error)}`, shouldBe);
  }
  try {
    return decodeText(bytes);
  } catch {
    throw unusable(file, "is neither UTF-8 nor UTF-16", shouldBe);
  }
}

/**
 * The words after a command as one text; of stdin where they are `-`, or where there are none and stdin is a pipe or a file. The
 * line end that shells and editors put last is not part of it. Throws `Failure` BAD_REQUEST where there is no text.
 *
 * @example
 * await readWords(invocation, "The text", "taleward guard TEXT"); // of `echo "Call me." | taleward guard`
 */
export async function readWords({ rest }: Pick<Terminal, "rest">, what: string, example: string): Promise<string> {
  const isPiped = rest.length === 1 && rest[0] === "-";
  const text =
    isPiped || (rest.length === 0 && !process.stdin.isTTY)
      ? (await readInput("-", what)).replace(/\r?\n$/, "")
      : rest.join(" ");
  if (text.trim() !== "") return text;
  throw new Failure("BAD_REQUEST", `${what} is empty.`, {
    field: what,
    value: text,
    remedy: `Write it after the command, as in ${example}, or give it to stdin.`,
  });
}

/** Its JSON, which the caller checks. */
export async function readJson(named: string, shouldBe: string): Promise<unknown> {
  const json = await readInput(named, shouldBe);
  try {
    return JSON.parse(json);
  } catch (error) {
    throw unusable(named === "-" ? "stdin" : resolve(named), `is not JSON: ${messageOf(error)}`, shouldBe);
  }
}

function unusable(file: string, problem: string, shouldBe: string): Failure {
  return new Failure("BAD_REQUEST", `${file} ${problem}.`, { field: "FILE", value: file, remedy: `Name ${shouldBe}.` });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
