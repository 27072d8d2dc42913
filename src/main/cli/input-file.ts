import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { text } from "node:stream/consumers";
import { Failure } from "../base/failure.ts";

/** The text of a file, or of stdin where it is named `-`. Throws `Failure` BAD_REQUEST with what it should have been. */
export async function readInput(named: string, shouldBe: string): Promise<string> {
  if (named === "-") return text(process.stdin);
  const file = resolve(named);
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    throw unusable(file, `cannot be read: ${messageOf(error)}`, shouldBe);
  }
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
