import { versionId } from "../../shared/contract/ids.ts";
import type { ModelVersion } from "../../shared/contract/registry.ts";
import type { Client } from "./connect.ts";
import { withShortId } from "./short-id.ts";

/** The version of an id, whole or in short, or of a name: `model@version`, `model@alias`, or a model alone. Throws NOT_FOUND. */
export async function namedVersion(client: Client, name: string): Promise<ModelVersion> {
  const id = versionId.safeParse(name);
  if (id.success) return client.registry.version({ versionId: id.data });
  try {
    return await client.registry.find({ name });
  } catch (error) {
    const inShort = withShortId((await client.registry.versions({ limit: 500 })).items, name);
    if (inShort) return inShort;
    throw error;
  }
}

/** In order. Throws NOT_FOUND for the first that is not there. */
export async function namedVersions(client: Client, names: readonly string[]): Promise<ModelVersion[]> {
  const versions: ModelVersion[] = [];
  for (const name of names) versions.push(await namedVersion(client, name));
  return versions;
}

export function nameOf({ model, version }: { readonly model: string; readonly version: string }): string {
  return `${model}@${version}`;
}
