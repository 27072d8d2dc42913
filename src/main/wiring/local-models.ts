import { LocalFiles } from "../inference/local-models/local-files.ts";
import { ModelCatalogue } from "../inference/local-models/model-catalogue.ts";
import type { ModelFiles } from "../inference/local-models/model-files.ts";
import { StarterModel } from "../inference/local-models/starter/starter-model.ts";
import type { Foundation } from "./foundation.ts";
import type { Providers } from "./providers.ts";
import type { Registry } from "./registry.ts";

export interface LocalModelsParts {
  readonly files: ModelFiles;
  readonly providers: Providers;
  readonly registry: Registry;
}

/** The model files on this machine, and the starter model among them. */
export function createLocalModels({ work, changes }: Foundation, { files, providers, registry }: LocalModelsParts) {
  return {
    catalogue: new ModelCatalogue({ files, jobs: registry.modelServers }),
    localFiles: new LocalFiles({ files, engine: providers.embedded, digests: registry.fileDigests }),
    starter: new StarterModel({ files, running: work, registry: registry.registry, changes }),
  };
}
