import { resolve } from "node:path";
import type { RegistryDocument } from "../../shared/contract/registry.ts";
import { Failure } from "../base/failure.ts";
import { writeFileAtomic } from "../base/write-file-atomic.ts";
import { readJson } from "./input-file.ts";
import { answer, type Invocation, requiredWord } from "./invocation.ts";
import { counted } from "../../shared/format.ts";

/** The whole registry, to a file or to stdout. A file that is there is replaced whole, or not at all. */
export async function exportRegistry(invocation: Invocation): Promise<number> {
  const { client, rest, json, print } = invocation;
  const document = await client.registry.exportRegistry();
  const [named] = rest;
  if (named === undefined || named === "-") {
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

/** Takes over a registry from a file or stdin; all of it or nothing. */
export async function importRegistry(invocation: Invocation): Promise<number> {
  const named = requiredWord(invocation, "The file", "taleward models import registry.json");
  // The contract refuses what is no registry, by its field.
  const document = (await readJson(
    named,
    "a file that `taleward models export` wrote, or - for stdin",
  )) as RegistryDocument;
  const added = await invocation.client.registry.importRegistry({ document });
  answer(
    invocation,
    added,
    ({ versionsAdded, useCasesAdded, assignmentsAdded }) =>
      `Added ${counted(versionsAdded, "version")}, ${counted(useCasesAdded, "use case")} and ${counted(assignmentsAdded, "assignment")}.\n`,
  );
  return 0;
}

function unusable(file: string, problem: string, remedy: string): Failure {
  return new Failure("BAD_REQUEST", `${file} ${problem}.`, { field: "FILE", value: file, remedy });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
