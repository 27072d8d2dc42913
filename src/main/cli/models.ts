import type { InferContractRouterInputs } from "@orpc/contract";
import type { Contract } from "../../shared/contract/contract.ts";
import { given, type Invocation, textOption } from "./invocation.ts";

type Inputs = InferContractRouterInputs<Contract>["registry"];

export async function listVersions({ client, options, print }: Invocation): Promise<number> {
  for (const version of await client.registry.versions()) {
    const { id, model, provider, status, assignedTo } = version;
    const line = [id, model, version.version, provider, status, assignedTo.join(",") || "-"].join("\t");
    print(`${options["json"] === true ? JSON.stringify(version) : line}\n`);
  }
  return 0;
}

export async function registerModel({ client, options, print }: Invocation): Promise<number> {
  const registered = await client.registry.registerModel(
    // Given as typed; the contract refuses what does not fit, by its name.
    given({
      modelName: textOption(options, "name"),
      modelType: textOption(options, "type"),
      provider: textOption(options, "provider"),
      version: textOption(options, "version"),
      useCase: textOption(options, "use-case"),
      configuration: given({ endpoint: textOption(options, "endpoint"), file: textOption(options, "file") }),
    }) as Inputs["registerModel"],
  );
  print(
    options["json"] === true
      ? `${JSON.stringify(registered)}\n`
      : `Registered ${registered.model} ${registered.version} as ${registered.id}\n`,
  );
  return 0;
}

export async function assignVersion({ client, options, print }: Invocation): Promise<number> {
  const assigned = await client.registry.assign(
    given({
      useCase: textOption(options, "use-case"),
      versionId: textOption(options, "version-id"),
      reason: textOption(options, "reason"),
    }) as Inputs["assign"], // the contract refuses what does not fit, by its name
  );
  print(
    options["json"] === true
      ? `${JSON.stringify(assigned)}\n`
      : `${assigned.useCase} is now answered by ${assigned.model} ${assigned.version}\n`,
  );
  return 0;
}
