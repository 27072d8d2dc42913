import { totalmem } from "node:os";
import manifest from "../../../../resources/model-catalogue.json" with { type: "json" };
import type { Catalogue, CatalogueModel, MemoryFit, ServerJob } from "../../../shared/contract/servers.ts";
import { Failure } from "../../base/failure.ts";
import type { JobWork } from "../servers/server-jobs.ts";
import { fetchFile, StarterError } from "./starter/fetch.mjs";
import { type FileSource, huggingFace } from "./file-source.ts";
import type { ModelFiles } from "./model-files.ts";

/** Runs long work where its progress is seen. */
export interface JobStarter {
  startJob(job: Pick<ServerJob, "kind" | "endpoint" | "model">, joinedBy: string | null, work: JobWork): ServerJob;
}

export interface ModelCataloguePorts {
  readonly files: ModelFiles;
  readonly jobs: JobStarter;
  /** The files of a repository; Hugging Face where it is left out. */
  readonly source?: FileSource | undefined;
  /** Of this machine; what the system says where it is left out. */
  readonly memoryBytes?: number | undefined;
}

/** Of the machine's memory: what a model may take so that other programs run beside it, and what is the most that works. */
const goodShare = 0.7;
const maxShare = 0.9;

/** Models that can write, how they fit this machine, and their files for the built-in engine. */
export class ModelCatalogue {
  readonly #ports: ModelCataloguePorts;

  constructor(ports: ModelCataloguePorts) {
    this.#ports = ports;
  }

  async list(): Promise<Catalogue> {
    const { files, memoryBytes = totalmem() } = this.#ports;
    const there = new Map((await files.list()).map(({ name, sizeBytes }) => [name, sizeBytes]));
    const models = manifest.models.map((model: CatalogueModel) => ({
      ...model,
      fit: memoryFitOf(model, memoryBytes),
      hasFile: there.has(model.gguf.file),
    }));
    return { memoryBytes, models, recommendedId: recommendedOf(models)?.id ?? null };
  }

  /**
   * Fetches the file into the models folder, as a job; what came before a break is kept and checked with the rest against the
   * digest that its source gives. Throws `Failure` NOT_FOUND for a file that is not in the catalogue.
   */
  fetch(file: string): ServerJob {
    const model = manifest.models.find(({ gguf }) => gguf.file === file);
    if (!model)
      throw new Failure("NOT_FOUND", `The catalogue has no file ${file}.`, {
        field: "file",
        value: file,
        remedy: `Use one of ${manifest.models.map(({ gguf }) => gguf.file).join(", ")}.`,
      });
    const { files, jobs, source = huggingFace } = this.#ports;
    return jobs.startJob(
      { kind: "pull", endpoint: "embedded", model: file },
      `fetch ${file}`,
      async (report, signal) => {
        report({ status: "asking for the file" });
        const found = await source(model.gguf, signal);
        try {
          await fetchFile({
            manifest: {
              ...found,
              name: model.name,
              file,
              sources: [{ type: "http", name: found.host, url: found.url }],
            },
            directory: files.directory,
            signal,
            onProgress: ({ state, bytesDone, bytesTotal, bytesPerSecond }) =>
              report({
                status: state,
                bytesDone,
                bytesTotal,
                bytesPerSecond,
                secondsLeft: bytesPerSecond ? (bytesTotal - bytesDone) / bytesPerSecond : null,
              }),
          });
        } catch (error) {
          if (!(error instanceof StarterError)) throw error;
          const code = error.code === "unreachable" ? "UNAVAILABLE" : "STORAGE";
          throw new Failure(code, error.message, { remedy: error.remedy }, { cause: error });
        }
      },
    );
  }
}

/** How a model fits so much memory. */
export function memoryFitOf({ memoryBytes }: Pick<CatalogueModel, "memoryBytes">, available: number): MemoryFit {
  if (memoryBytes <= available * goodShare) return "good";
  return memoryBytes <= available * maxShare ? "tight" : "too_large";
}

/** The first that fits well, else the smallest that fits at all. */
export function recommendedOf<Model extends { readonly fit: MemoryFit }>(models: readonly Model[]): Model | undefined {
  return models.find(({ fit }) => fit === "good") ?? models.findLast(({ fit }) => fit === "tight");
}
