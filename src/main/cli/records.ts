import type { InferContractRouterInputs } from "@orpc/contract";
import type { Contract } from "../../shared/contract/contract.ts";
import type { InferenceSummary } from "../../shared/contract/logs.ts";
import { readWords } from "./input-file.ts";
import { badOption, type Invocation, numberOption, requiredWord, textOption } from "./invocation.ts";
import { inferenceId as inferenceIdOf } from "../../shared/contract/ids.ts";
import { nameOf } from "./named-version.ts";
import { withShortId } from "./short-id.ts";
import { localTime, milliseconds, table } from "./text.ts";
import { withoutUndefined } from "../base/without-undefined.ts";

const pageSize = 200;

/** The newest rows that the filter lets through, as many as `--limit` says, read in pages. */
export async function listLogs({ client, options, json, print, note, signal }: Invocation): Promise<number> {
  const limit = numberOption(options, "limit") ?? 100;
  if (!Number.isInteger(limit) || limit < 1)
    throw badOption(
      "limit",
      String(limit),
      `--limit ${limit} is no number of rows.`,
      "Give a whole number of at least 1.",
    );
  const useCase = textOption(options, "use-case");
  const listed: InferenceSummary[] = [];
  let left = limit;
  let cursor: string | undefined;
  do {
    const page = withoutUndefined({ useCase, cursor, limit: Math.min(left, pageSize) });
    const { items, nextCursor } = await client.logs.list(page, { signal });
    if (json) for (const item of items) print(`${JSON.stringify(item)}\n`);
    else listed.push(...items);
    left -= items.length;
    cursor = nextCursor ?? undefined;
  } while (cursor !== undefined && left > 0);
  if (!json && listed.length > 0) print(logTable(listed));
  if (limit === left) note("Nothing is logged yet.\n");
  if (cursor !== undefined) note(`There are older rows: give a --limit above ${limit} to see them.\n`);
  return 0;
}

function logTable(rows: readonly InferenceSummary[]): string {
  return table(
    ["STARTED", "USE CASE", "VERSION", "OUTCOME", "TOOK", "ID", "PROMPT"],
    rows.map((item) => [
      localTime(item.startedAtMs),
      item.useCase,
      nameOf(item),
      item.outcome,
      milliseconds(item.totalMs),
      item.id,
      item.promptExcerpt,
    ]),
  );
}

export async function showLog(invocation: Invocation): Promise<number> {
  const { client, json, print } = invocation;
  const wanted = requiredWord(invocation, "The log row's id", "taleward logs show ID");
  const inShort = isWholeId(wanted) ? undefined : withShortId((await client.logs.list({ limit: 200 })).items, wanted);
  const inferenceId = inShort?.id ?? wanted;
  // The contract refuses what is not an id, by its name.
  const record = await client.logs.get({ inferenceId } as InferContractRouterInputs<Contract>["logs"]["get"]);
  print(`${JSON.stringify(record, null, json ? 0 : 2)}\n`);
  return 0;
}

function isWholeId(text: string): boolean {
  return inferenceIdOf.safeParse(text).success;
}

/** Checks a text, from the command or stdin, as a generated passage would be; exits with 3 when it would be blocked. */
export async function checkText(invocation: Invocation): Promise<number> {
  const { client, json, print } = invocation;
  const text = await readWords(invocation, "The text", 'taleward guard "Call me at once."');
  const verdict = await client.guardrails.check({ text });
  if (json) print(`${JSON.stringify(verdict)}\n`);
  else if (verdict.findings.length === 0) print("Nothing found.\n");
  else
    print(
      table(
        ["SEVERITY", "CATEGORY", "FINDING"],
        verdict.findings.map(({ severity, category, message }) => [severity, category, message]),
      ),
    );
  if (!json && verdict.found !== undefined)
    print(`${verdict.found} found, the first ${verdict.findings.length} shown.\n`);
  return verdict.severity === "high" || verdict.severity === "critical" ? 3 : 0;
}
