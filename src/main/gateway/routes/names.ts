import type { VersionId } from "../../../shared/contract/ids.ts";
import type { CallTarget } from "../../../shared/contract/inference.ts";
import type { ModelVersion, UseCase } from "../../../shared/contract/registry.ts";
import { Failure } from "../../base/failure.ts";
import { Refusal } from "../http/refusal.ts";
import { digestOfText, digestsOf } from "./model-digests.ts";

/** Knows the names that programs choose by. */
export interface NameDirectory {
  /** One look-up in what is known already. */
  hasUseCase(name: string): Promise<boolean>;
  useCases(): Promise<readonly UseCase[]>;
  /** All of them. */
  versions(): Promise<readonly ModelVersion[]>;
  version(id: VersionId): Promise<ModelVersion>;
  /** What `model@version`, `model@alias` or a model's name alone means; throws `Failure` where it means nothing. */
  find(name: string): Promise<ModelVersion>;
}

/** A name that programs choose by, and the version that answers to it now. */
export interface NamedModel {
  readonly name: string;
  readonly version: ModelVersion;
  /** When the name began to mean this version. */
  readonly sinceMs: number;
}

/** A name as it is listed. */
export interface ListedModel extends NamedModel {
  /** 64 hex digits; see `digestsOf`. */
  readonly digest: string;
}

/**
 * What a model name of the gateway is a call to: a use case, else a version. `:latest`, which Ollama's clients add to names
 * without a tag, is passed over. Throws `Refusal` when it is neither.
 */
export async function targetOf(name: string, names: NameDirectory): Promise<CallTarget> {
  for (const candidate of candidates(name)) {
    if (await names.hasUseCase(candidate)) return { type: "use_case", useCase: candidate };
    const version = await find(candidate, names);
    if (version) return { type: "version", versionId: version.id };
  }
  throw unknownModel(name);
}

/** The version that would answer to a name now. Throws `Refusal` when the name is unknown or nothing is assigned to it. */
export async function versionOf(name: string, names: NameDirectory): Promise<NamedModel> {
  const candidate = await candidates(name).reduce<Promise<NamedModel | null>>(
    async (found, one) => (await found) ?? assignedTo(one, names),
    Promise.resolve(null),
  );
  if (candidate) return { ...candidate, name };
  throw unknownModel(name);
}

/** Every name there is: use cases that something is assigned to, then versions, newest first, each with its aliases. */
export async function listModels(names: NameDirectory): Promise<ListedModel[]> {
  const [useCases, versions] = await Promise.all([names.useCases(), names.versions()]);
  const byId = new Map(versions.map((version) => [version.id, version]));
  const digests = digestsOf(versions);
  const digestOf = ({ id }: ModelVersion) => digests.get(id) ?? digestOfText(id);
  const assigned = useCases.flatMap(({ name, assignment }) => {
    const version = assignment && byId.get(assignment.versionId);
    const digest = version ? digestOfText(`use case ${name} ${version.id}`) : "";
    return version ? [{ name, version, sinceMs: assignment.fromMs, digest }] : [];
  });
  const registered = versions
    .filter(({ status }) => status !== "retired")
    .flatMap((version) =>
      [version.version, ...version.aliases].map((label) => ({
        name: `${version.model}@${label}`,
        version,
        sinceMs: version.createdAtMs,
        digest: digestOf(version),
      })),
    );
  return [...assigned, ...registered];
}

export function unknownModel(name: string): Refusal {
  return new Refusal(404, "model_not_found", `model '${name.slice(0, 320)}' not found`, { param: "model" });
}

async function assignedTo(name: string, names: NameDirectory): Promise<NamedModel | null> {
  if (await names.hasUseCase(name)) {
    const assignment = (await names.useCases()).find((useCase) => useCase.name === name)?.assignment;
    if (!assignment)
      throw new Refusal(404, "no_model", `No model is assigned to ${name}. Assign a version on the Models screen.`);
    return { name, version: await names.version(assignment.versionId), sinceMs: assignment.fromMs };
  }
  const version = await find(name, names);
  return version && { name, version, sinceMs: version.createdAtMs };
}

function candidates(name: string): string[] {
  const untagged = name.replace(/:latest$/, "");
  return untagged === name || untagged === "" ? [name] : [name, untagged];
}

async function find(name: string, names: NameDirectory): Promise<ModelVersion | null> {
  if (name.trim() === "" || name.length > 320) return null;
  try {
    const version = await names.find(name);
    if (version.status !== "retired") return version;
  } catch (error) {
    if (error instanceof Failure && error.code === "NOT_FOUND") return null;
    throw error;
  }
  const words = `${name} is retired. Use another version, or take it back on the Models screen.`;
  throw new Refusal(404, "model_not_found", words, { param: "model" });
}
