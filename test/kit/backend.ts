import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Backend, type BackendOptions, createBackend } from "../../src/main/backend.ts";
import { FileSecrets, plainSecretsFile } from "../../src/main/host/file-secrets.ts";
import { forkNodeEngine } from "../../src/main/inference/providers/embedded/engine-process.ts";
import { entry } from "./built.ts";

export const databaseWorker = entry("db/worker");

/** A backend on a data directory of its own, which goes with it unless it was given. */
export async function startBackend(options: Partial<BackendOptions> = {}): Promise<Backend> {
  const given = options.dataDirectory;
  const dataDirectory = given ?? (await mkdtemp(join(tmpdir(), "taleward-test-")));
  const backend = await createBackend({
    host: "test",
    version: "0.0.0-test",
    databaseWorker,
    forkEngine: () => forkNodeEngine(entry("engine")),
    secrets: new FileSecrets(plainSecretsFile(dataDirectory)),
    // Nothing listens there: a test names the server it wants.
    ollamaEndpoint: "http://127.0.0.1:9",
    ...options,
    dataDirectory,
  });
  return {
    ...backend,
    close: async () => {
      await backend.close();
      if (given === undefined) await rm(dataDirectory, { recursive: true, force: true });
    },
  };
}
