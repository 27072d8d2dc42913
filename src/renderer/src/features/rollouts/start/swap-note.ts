import type { ModelVersion } from "../../../../../shared/contract/registry.ts";

type Placed = Pick<ModelVersion, "provider" | "configuration">;

/**
 * What a canary costs where both arms are answered by one server, to be read before it starts; null where each has its own. Nobody can
 * say beforehand whether a server's memory holds both, so it says what happens where it does not.
 */
export function swapNote(stable: Placed, candidate: Placed): string | null {
  if (stable.provider !== candidate.provider) return null;
  const own = (stable.configuration.endpoint ?? "") !== (candidate.configuration.endpoint ?? "");
  if (own && stable.provider !== "embedded") return null;
  const server = stable.provider === "embedded" ? "The built-in engine answers" : "One server answers";
  return `${server} for both arms. Where its memory keeps one model, a canary costs swaps: each change of arm loads a model and reads the prompt anew, and readers wait for it. The rollout shows how long, and leaves that out of what it compares.`;
}
