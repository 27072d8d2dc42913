import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { RegistryDocument } from "../../shared/contract/registry.ts";
import { Failure } from "../base/failure.ts";
import { writeFileAtomic } from "../base/write-file-atomic.ts";
import { answer, type Invocation, requiredWord } from "./invocation.ts";
import { counted } from "../../shared/format.ts";

/** The whole registry, to a file or to stdout. A file that is there is replaced whole, or not at all. */
export async function exportRegistry(invocation: Invocation): Promise<number> {
  const { client, rest, json, print } = invocation;
  const document = await client.registry.exportRegistry();
  const [named] = rest;
  if (named === undefined) {
    print(`${JSON.stringify(document, null, json ? 0 : 2)}\n`);
    return 0;
  }
  const file = resolve(named);
  try {
    await writeFileAtomic(file, `${JSON.stringify(document, null, 2)}\n`, { mode: 0o666 });
  } catch (error) {
    throw unusable(file, `cannot be written: ${messageOf(error)}`, "Choose a folder that you may write to.");
  }
  const { models, versions, useCases, assignments } = document;
  const counts = {
    file,
    models: models.length,
    versions: versions.length,
    useCases: useCases.length,
    assignments: assignments.length,
  };
  answer(invocation, counts, () => {
    const what = [
      counted(models.length, "model"),
      counted(versions.length, "version"),
      counted(useCases.length, "use case"),
      counted(assignments.length, "assignment"),
    ];
    return `Wrote ${what.join(", ")} to ${file}.\n`;
  });
  return 0;
}

/** Takes over a registry from a file; all of it or nothing. */
export async function importRegistry(invocation: Invocation): Promise<number> {
  const file = resolve(requiredWord(invocation, "The file", "taleward models import registry.json"));
  const added = await invocation.client.registry.importRegistry({ document: await readDocument(file) });
  answer(
    invocation,
    added,
    ({ versionsAdded, useCasesAdded, assignmentsAdded }) =>
      `Added ${counted(versionsAdded, "version")}, ${counted(useCasesAdded, "use case")} and ${counted(assignmentsAdded, "assignment")}.\n`,
  );
  return 0;
}

async function readDocument(file: string): Promise<RegistryDocument> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    throw unusable(file, `cannot be read: ${messageOf(error)}`, "Name a file that `taleward models export` wrote.");
  }
  try {
    return JSON.parse(text) as RegistryDocument; // the contract refuses what is none, by its field
  } catch (error) {
    throw unusable(file, `is not JSON: ${messageOf(error)}`, "Name a file that `taleward models export` wrote.");
  }
}

function unusable(file: string, problem: string, remedy: string): Failure {
  return new Failure("BAD_REQUEST", `${file} ${problem}.`, { field: "FILE", value: file, remedy });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
