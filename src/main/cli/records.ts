import type { InferContractRouterInputs } from "@orpc/contract";
import type { Contract } from "../../shared/contract/contract.ts";
import { type Invocation, numberOption, requiredWord, textOption } from "./invocation.ts";
import { inferenceId as inferenceIdOf } from "../../shared/contract/ids.ts";
import { nameOf } from "./named-version.ts";
import { withShortId } from "./short-id.ts";
import { localTime, milliseconds, table } from "./text.ts";
import { withoutUndefined } from "../base/without-undefined.ts";

export async function listLogs({ client, options, json, print, note }: Invocation): Promise<number> {
  const { items } = await client.logs.list(
    withoutUndefined({ useCase: textOption(options, "use-case"), limit: numberOption(options, "limit") }),
  );
  if (json) for (const item of items) print(`${JSON.stringify(item)}\n`);
  else if (items.length === 0) note("Nothing is logged yet.\n");
  else
    print(
      table(
        ["STARTED", "USE CASE", "VERSION", "OUTCOME", "TOOK", "ID", "PROMPT"],
        items.map((item) => [
          localTime(item.startedAtMs),
          item.useCase,
          nameOf(item),
          item.outcome,
          milliseconds(item.totalMs),
          item.id,
          item.promptExcerpt,
        ]),
      ),
    );
  return 0;
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

/** Checks a text as a generated passage would be; exits with 3 when it would be blocked. */
export async function checkText({ client, rest, json, print }: Invocation): Promise<number> {
  const verdict = await client.guardrails.check({ text: rest.join(" ") });
  if (json) print(`${JSON.stringify(verdict)}\n`);
  else if (verdict.findings.length === 0) print("Nothing found.\n");
  else
    print(
      table(
        ["SEVERITY", "CATEGORY", "FINDING"],
        verdict.findings.map(({ severity, category, message }) => [severity, category, message]),
      ),
    );
  return verdict.severity === "high" || verdict.severity === "critical" ? 3 : 0;
}
