import { actorLabel } from "../../shared/actor-label.ts";
import type { InferContractRouterInputs } from "@orpc/contract";
import type { Contract } from "../../shared/contract/contract.ts";
import { deadlines, generationOptions } from "../../shared/contract/inference.ts";
import type { ModelVersion } from "../../shared/contract/registry.ts";
import { Failure } from "../base/failure.ts";
import { withoutUndefined } from "../base/without-undefined.ts";
import {
  answer,
  badOption,
  type Invocation,
  listOption,
  numberOption,
  objectOption,
  repeatedOption,
  requiredOption,
  requiredWord,
  textOption,
} from "./invocation.ts";
import { nameOf, namedVersion, namedVersions } from "./named-version.ts";
import { counted, shortDigest } from "../../shared/format.ts";
import { localTime, pinningWords, table } from "./text.ts";

type Inputs = InferContractRouterInputs<Contract>["registry"];

/** Every version the filters let through, newest first. */
export async function listVersions({ client, options, json, print, note, signal }: Invocation): Promise<number> {
  const [tag, ...otherTags] = listOption(options, "tag") ?? [];
  if (otherTags.length > 0)
    throw new Failure("BAD_REQUEST", "The list is filtered by one tag at a time.", {
      field: "--tag",
      value: [tag, ...otherTags].join(","),
      remedy: "Give one --tag.",
    });
  const filter = withoutUndefined({
    text: textOption(options, "text"),
    provider: textOption(options, "provider"),
    status: textOption(options, "status"),
    useCase: textOption(options, "use-case"),
    tag,
  });
  const listed: ModelVersion[] = [];
  let cursor: string | undefined;
  do {
    // The contract refuses what does not fit, by its name.
    const page = await client.registry.versions(
      withoutUndefined({ ...filter, cursor, limit: 500 }) as Inputs["versions"],
      {
        signal,
      },
    );
    if (json) for (const version of page.items) print(`${JSON.stringify(version)}\n`);
    else listed.push(...page.items);
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  if (json) return 0;
  if (listed.length === 0) note(Object.keys(filter).length > 0 ? "No version fits these filters.\n" : nothingYet);
  else print(versionTable(listed));
  return 0;
}

const nothingYet =
  "No version is registered yet. Register one by `taleward models register`, or open Taleward and see what your servers have.\n";

export function versionTable(versions: readonly ModelVersion[]): string {
  return table(
    ["VERSION", "PROVIDER", "STATUS", "ANSWERS", "TAGS", "DIGEST", "REGISTERED"],
    versions.map((version) => [
      nameOf(version),
      version.provider,
      version.drift === null ? version.status : `${version.status}, drifted`,
      version.assignedTo.join(", ") || "-",
      [...version.tags, ...version.aliases.map((alias) => `@${alias}`)].join(", ") || "-",
      digestOf(version.digest),
      localTime(version.createdAtMs),
    ]),
  );
}

export async function registerModel(invocation: Invocation): Promise<number> {
  const { client, options, json, note, signal } = invocation;
  const registered = await client.registry.registerModel(
    // Given as typed; the contract refuses what does not fit, by its name.
    withoutUndefined({
      modelName: requiredOption(options, "name", "llama3.1-8b"),
      modelType: textOption(options, "type"),
      provider: requiredOption(options, "provider", "ollama"),
      version: requiredOption(options, "version", "1.0"),
      useCase: textOption(options, "use-case"),
      tags: listOption(options, "tag"),
      note: textOption(options, "note"),
      configuration: withoutUndefined({
        endpoint: textOption(options, "endpoint"),
        replicas: repeatedOption(options, "replica"),
        serverModel: textOption(options, "server-model"),
        file: textOption(options, "file"),
        contextTokens: numberOption(options, "context"),
        shape: textOption(options, "shape"),
        options: versionOptions(options),
        deadlines: objectOption(
          options,
          "deadlines",
          Object.keys(deadlines.shape),
          '{"firstTokenMs": 30000, "totalMs": 120000}',
        ),
      }),
    }) as Inputs["registerModel"],
    { signal },
  );
  const pinning = await client.registry.pinning({ versionId: registered.id });
  answer(invocation, registered, (version) => {
    const answers = version.assignedTo.length > 0 ? ` It answers ${version.assignedTo.join(" and ")} now.` : "";
    return `Registered ${nameOf(version)} as ${version.id}. ${pinningWords(pinning)}${answers}\n`;
  });
  if (json && pinning.state !== "pinned") note(`${pinningWords(pinning)}\n`);
  return 0;
}

/** The options of a version: `--options`, and of those threads by a name of their own. */
function versionOptions(options: Invocation["options"]): object | undefined {
  const written = objectOption(
    options,
    "options",
    Object.keys(generationOptions.shape),
    '{"temperature": 0.7, "stop": ["\\n"]}',
  );
  const threads = numberOption(options, "threads");
  if (threads === undefined) return written;
  if (written !== undefined && "threads" in written)
    throw badOption(
      "threads",
      String(threads),
      "Threads are given twice.",
      "Leave out --threads, or `threads` in --options.",
    );
  return { ...written, threads };
}

/** `models assign USE_CASE VERSION`, or the same by `--use-case` and `--version-id`. */
export async function assignVersion(invocation: Invocation): Promise<number> {
  const { client, options, rest } = invocation;
  const named = textOption(options, "use-case");
  const [useCase, versionName] = named === undefined ? rest : [named, ...rest];
  if (useCase === undefined) throw missing("use case");
  const version = textOption(options, "version-id") ?? versionName;
  if (version === undefined) throw missing("version");
  const assigned = await namedVersion(client, version);
  const fallbacks = await namedVersions(client, listOption(options, "fallbacks") ?? []);
  const live = await client.registry.assign(
    withoutUndefined({
      useCase,
      versionId: assigned.id,
      fallbacks: options.fallbacks === undefined ? undefined : fallbacks.map(({ id }) => id),
      reason: textOption(options, "reason"),
    }),
  );
  answer(invocation, live, ({ fallbacks: chain, ...assignment }) => {
    const next = chain.length > 0 ? `, then by ${chain.map(nameOf).join(", then by ")}` : "";
    return `${assignment.useCase} is now answered by ${nameOf(assignment)}${next}.\n`;
  });
  return 0;
}

function missing(what: string): Failure {
  return new Failure("BAD_REQUEST", `The ${what} is missing.`, {
    field: what,
    value: "",
    remedy: "Write both after the command, as in taleward models assign story_generation llama3.1-8b@1.0.",
  });
}

/** What was live when, newest first. */
export async function showHistory(invocation: Invocation): Promise<number> {
  const { client, json, print, note } = invocation;
  const useCase = requiredWord(invocation, "The use case", "taleward models history story_generation");
  const history = await client.registry.history({ useCase });
  if (json) for (const assignment of history) print(`${JSON.stringify(assignment)}\n`);
  else if (history.length === 0) note(`Nothing was ever assigned to ${useCase}.\n`);
  else
    print(
      table(
        ["FROM", "UNTIL", "VERSION", "FALLBACKS", "BY", "REASON", "ASSIGNMENT"],
        history.map((assignment) => [
          localTime(assignment.fromMs),
          assignment.untilMs === null ? "now" : localTime(assignment.untilMs),
          nameOf(assignment),
          assignment.fallbacks.map(nameOf).join(", ") || "-",
          actorLabel(assignment.by),
          assignment.reason ?? "-",
          assignment.id,
        ]),
      ),
    );
  return 0;
}

/** Makes the assignment before the live one, or an earlier one by its id, live again. */
export async function undoAssignment(invocation: Invocation): Promise<number> {
  const { client, options } = invocation;
  const live = await client.registry.undoAssignment(
    withoutUndefined({
      useCase: requiredWord(invocation, "The use case", "taleward models undo story_generation"),
      assignmentId: textOption(options, "to"),
      reason: textOption(options, "reason"),
    }) as Inputs["undoAssignment"], // the contract refuses what does not fit, by its name
  );
  answer(invocation, live, (assignment) => `${assignment.useCase} is answered by ${nameOf(assignment)} again.\n`);
  return 0;
}

/**
 * The versions whose name on the server holds something else now; `--accept` registers what it holds. With `--check` the servers
 * are asked now, and it exits with 4 where any drifted.
 */
export async function showDrift(invocation: Invocation): Promise<number> {
  const { client, options, json, print, signal } = invocation;
  const accepted = textOption(options, "accept");
  if (accepted !== undefined) {
    const drifted = await namedVersion(client, accepted);
    const version = await client.registry.acceptDrift(
      withoutUndefined({
        versionId: drifted.id,
        version: requiredOption(options, "as", "1.1"),
        reason: textOption(options, "reason"),
      }),
    );
    answer(invocation, version, () => {
      const answers = version.assignedTo.length > 0 ? ` It answers ${version.assignedTo.join(" and ")} now.` : "";
      return `Registered what the server has now as ${nameOf(version)}.${answers}\n`;
    });
    return 0;
  }
  const drifted = await (options.check === true
    ? client.registry.checkDrift(undefined, { signal })
    : client.registry.drifts(undefined, { signal }));
  if (json) for (const version of drifted) print(`${JSON.stringify(version)}\n`);
  else if (drifted.length === 0) print("Every pinned version is what it was registered as.\n");
  else
    print(
      `${table(
        ["VERSION", "ANSWERS", "REGISTERED AS", "FOUND", "SINCE", "SERVER"],
        drifted.map((version) => [
          nameOf(version),
          version.assignedTo.join(", ") || "-",
          digestOf(version.digest),
          digestOf(version.drift?.foundDigest ?? null),
          version.drift ? localTime(version.drift.foundAtMs) : "-",
          version.drift?.endpoint ?? "-",
        ]),
      )}\n${counted(drifted.length, "version has", "versions have")} drifted. Register what the server has now by \`taleward models drift --accept MODEL@VERSION --as LABEL\`, or restore the model there.\n`,
    );
  return options.check === true && drifted.length > 0 ? 4 : 0;
}

function digestOf(digest: string | null): string {
  return digest === null ? "-" : shortDigest(digest);
}
