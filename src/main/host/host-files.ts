import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export interface HostFiles {
  readonly version: string;
  readonly databaseWorker: URL;
  readonly engine: URL;
  readonly rendererDirectory: string;
  /** The starter model's file where a start script already fetched it. */
  readonly starterFile: string | undefined;
}

/** The files a host starts or serves, found from its entry's `import.meta.url`, built or run from source. */
export function hostFiles(entryUrl: string): HostFiles {
  const extension = entryUrl.endsWith(".ts") ? "ts" : "js";
  const root = fileURLToPath(new URL("../..", entryUrl));
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string }; // our own file
  const starterFile = process.env["TALEWARD_STARTER_MODEL"];
  return {
    version,
    databaseWorker: new URL(`./db/worker.${extension}`, entryUrl),
    engine: new URL(`./engine.${extension}`, entryUrl),
    rendererDirectory: join(root, "out", "renderer"),
    starterFile: starterFile && existsSync(starterFile) ? starterFile : undefined,
  };
}
