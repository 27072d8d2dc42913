import type { InferContractRouterInputs } from "@orpc/contract";
import type { Contract } from "../../shared/contract/contract.ts";
import { given, type Invocation, numberOption, textOption } from "./invocation.ts";

export async function listLogs({ client, options, print }: Invocation): Promise<number> {
  const { items } = await client.logs.list(
    given({ useCase: textOption(options, "use-case"), limit: numberOption(options, "limit") }),
  );
  for (const item of items) {
    const line = [
      item.id,
      new Date(item.startedAtMs).toISOString(),
      item.useCase,
      item.model,
      item.version,
      item.outcome,
    ];
    print(`${options["json"] === true ? JSON.stringify(item) : [...line, item.promptExcerpt].join("\t")}\n`);
  }
  return 0;
}

export async function showLog({ client, rest, options, print }: Invocation): Promise<number> {
  // The contract refuses what is not an id, by its name.
  const record = await client.logs.get({ inferenceId: rest[0] } as InferContractRouterInputs<Contract>["logs"]["get"]);
  print(`${JSON.stringify(record, null, options["json"] === true ? 0 : 2)}\n`);
  return 0;
}

/** Checks a text as a generated passage would be; exits with 3 when it would be held. */
export async function checkText({ client, rest, options, print }: Invocation): Promise<number> {
  const verdict = await client.guardrails.check({ text: rest.join(" ") });
  if (options["json"] === true) print(`${JSON.stringify(verdict)}\n`);
  else if (verdict.findings.length === 0) print("Nothing found.\n");
  else for (const { severity, category, message } of verdict.findings) print(`${severity}\t${category}\t${message}\n`);
  return verdict.severity === "high" || verdict.severity === "critical" ? 3 : 0;
}
