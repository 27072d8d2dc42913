import manifest from "../../../../../resources/starter-model.json" with { type: "json" };
import type { StarterStatus } from "../../../../shared/contract/inference.ts";
import { Failure } from "../../../base/failure.ts";
import { fetchStarter, StarterError, type StarterManifest } from "./fetch.mjs";

// The file's literal `type` fields widen to string on import.
const starterManifest = manifest as StarterManifest;

export interface InstallOptions {
  readonly directory: string;
  readonly signal: AbortSignal;
  readonly onProgress: (status: StarterStatus) => void;
  readonly manifest?: StarterManifest;
}

/**
 * Fetches the starter model into the directory, resuming what an earlier try left; resolves to its path. Rejects with
 * UNAVAILABLE when no source gave it, STORAGE when it could not be written, and the signal's reason when cancelled.
 */
export async function installStarter(options: InstallOptions): Promise<string> {
  const { directory, signal, onProgress } = options;
  try {
    return await fetchStarter({ manifest: options.manifest ?? starterManifest, directory, signal, onProgress });
  } catch (error) {
    if (!(error instanceof StarterError)) throw error;
    const code = error.code === "unreachable" ? "UNAVAILABLE" : "STORAGE";
    throw new Failure(code, error.message, { remedy: error.remedy }, { cause: error });
  }
}
