import type { ServerModel } from "../../../../../shared/contract/registry.ts";

/** Below this a model of four bits has less than about a billion parameters, and writes little that can be used. */
const writerBytes = 600_000_000;
const embeds = /embed|minilm|bge|rerank/i;

/** Whether a model can be expected to write: not one for embeddings, nor one below about a billion parameters. */
export function canWrite({ name, sizeBytes }: Pick<ServerModel, "name" | "sizeBytes">): boolean {
  return !embeds.test(name) && (sizeBytes === null || sizeBytes >= writerBytes);
}

/** Those that can write first, the largest of them at the top: of what one machine holds, it writes best. */
export function bestFirst<Model extends Pick<ServerModel, "name" | "sizeBytes">>(models: readonly Model[]): Model[] {
  return models.toSorted(
    (a, b) => Number(canWrite(b)) - Number(canWrite(a)) || (b.sizeBytes ?? 0) - (a.sizeBytes ?? 0),
  );
}
