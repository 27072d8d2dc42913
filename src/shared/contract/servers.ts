import { eventIterator } from "@orpc/contract";
import { z } from "zod";
import { route } from "./errors.ts";
import { jobId } from "./ids.ts";
import { endpointUrl } from "./registry.ts";

const serverModelName = z
  .string()
  .trim()
  .min(1)
  .max(300)
  .regex(/^[\w.:/@-]+$/, "a model's name, such as smollm2:135m");
const onServer = z.object({ endpoint: endpointUrl, model: serverModelName });

/** Everything Ollama reports of a model. */
export const modelDetails = z.object({
  name: z.string(),
  digest: z.string().nullable(),
  sizeBytes: z.number().int().nullable(),
  modifiedAtMs: z.number().int().nullable(),
  format: z.string().nullable(),
  family: z.string().nullable(),
  parameters: z.string().nullable(),
  quantization: z.string().nullable(),
  /** The window the model was trained for, in tokens. */
  contextTokens: z.number().int().nullable(),
  embeddingLength: z.number().int().nullable(),
  /** Such as `completion`, `tools`, `vision`, `thinking`, `embedding`, `insert`. */
  capabilities: z.array(z.string()),
  /** The Modelfile's options, as lines of name and value. */
  options: z.string().nullable(),
  template: z.string().nullable(),
  system: z.string().nullable(),
  license: z.string().nullable(),
  modelfile: z.string().nullable(),
});
export type ModelDetails = z.infer<typeof modelDetails>;

export const runningModel = z.object({
  name: z.string(),
  digest: z.string(),
  /** In all memory. */
  sizeBytes: z.number().int(),
  /** Of that, on the GPU. */
  vramBytes: z.number().int(),
  contextTokens: z.number().int().nullable(),
  /** When it leaves memory; null for never. */
  expiresAtMs: z.number().int().nullable(),
});
export type RunningModel = z.infer<typeof runningModel>;

/** Long work on a server. It goes on when the screen that started it is left, and ends with Taleward. */
export const serverJob = z.object({
  id: jobId,
  kind: z.enum(["pull", "create", "load"]),
  endpoint: z.string(),
  model: z.string(),
  state: z.enum(["running", "done", "failed", "cancelled"]),
  /** What the server is doing, as it reports it, such as `pulling 4ca1c6aa`. */
  status: z.string(),
  bytesDone: z.number().int().nullable(),
  bytesTotal: z.number().int().nullable(),
  bytesPerSecond: z.number().nullable(),
  secondsLeft: z.number().nullable(),
  startedAtMs: z.number().int(),
  error: z.object({ message: z.string(), remedy: z.string() }).nullable(),
});
export type ServerJob = z.infer<typeof serverJob>;

/** A GGUF file, read without loading it. */
export const ggufFile = z.object({
  path: z.string(),
  sizeBytes: z.number().int(),
  name: z.string().nullable(),
  architecture: z.string().nullable(),
  parameters: z.string().nullable(),
  quantization: z.string().nullable(),
  contextTokens: z.number().int().nullable(),
  license: z.string().nullable(),
  /** What it would take to load it with `forContextTokens`, and what is free now. */
  neededBytes: z.number().int(),
  freeBytes: z.number().int(),
  forContextTokens: z.number().int(),
});
export type GgufFile = z.infer<typeof ggufFile>;

/** A model that can write, as far as it is known before it is fetched; sizes are rounded. */
export const catalogueModel = z.object({
  id: z.string(),
  name: z.string(),
  /** Billions. */
  parameters: z.number(),
  /** Its name at Ollama, and what a pull fetches. */
  ollama: z.string(),
  ollamaBytes: z.number().int(),
  /** For the built-in engine. */
  gguf: z.object({ repository: z.string(), file: z.string(), bytes: z.number().int() }),
  /** What it takes to run it. */
  memoryBytes: z.number().int(),
  contextTokens: z.number().int(),
  licence: z.string(),
  /** BCP 47; `*` for more than can be listed. */
  languages: z.array(z.string()),
  goodAt: z.string(),
  sources: z.array(z.url()),
});
export type CatalogueModel = z.infer<typeof catalogueModel>;

/** How a model fits this machine's memory: `tight` leaves little for other programs. */
export const memoryFit = z.enum(["good", "tight", "too_large"]);
export type MemoryFit = z.infer<typeof memoryFit>;

/** The catalogue as this machine can use it, the ones suggested first at the top. */
export const catalogue = z.object({
  memoryBytes: z.number().int(),
  models: z.array(catalogueModel.extend({ fit: memoryFit, hasFile: z.boolean() })),
  /** What to begin with on this machine; null where none fits. */
  recommendedId: z.string().nullable(),
});
export type Catalogue = z.infer<typeof catalogue>;

/** Work on Ollama servers, and model files for the built-in engine. Failures of the server are UNAVAILABLE, a missing model NOT_FOUND. */
export const serversContract = {
  show: route.input(onServer).output(modelDetails),
  running: route.input(z.object({ endpoint: endpointUrl })).output(z.array(runningModel)),
  /** Starts a pull, or joins the one in progress for the same model; one that was cancelled or broke off resumes where it stopped. */
  pull: route.input(onServer).output(serverJob),
  /** Creates a model from a Modelfile's text, whose FROM may be a model there or a GGUF file's absolute path on this machine. */
  create: route
    .input(
      onServer.extend({
        modelfile: z.string().min(1).max(1_000_000),
        quantize: z.string().max(20).optional(),
      }),
    )
    .output(serverJob),
  copy: route.input(onServer.extend({ to: serverModelName })).output(z.object({})),
  /** Refused while a version that is not retired is pinned to it, unless `force`. */
  remove: route.input(onServer.extend({ force: z.boolean().default(false) })).output(z.object({})),
  /** Loads the weights ahead of a call. */
  load: route.input(onServer).output(serverJob),
  unload: route.input(onServer).output(z.object({})),
  /** All jobs since the start, newest first; again whenever one moves, at most ten times a second. */
  jobs: route.output(eventIterator(z.object({ jobs: z.array(serverJob) }))),
  cancel: route.input(z.object({ jobId })).output(serverJob),
  /** Reads a GGUF file by its absolute path, its name in the `models` folder, or `starter`. */
  inspectFile: route
    .input(
      z.object({
        path: z.string().min(1).max(4_000),
        contextTokens: z.number().int().min(256).max(4_194_304).optional(),
      }),
    )
    .output(ggufFile),
  /**
   * Reads the whole of a GGUF file, so that a version can be pinned to its content: emits the progress at most ten times a
   * second, and last that it was read. Stopping it stops the reading. A file that did not change since it was read ends it at once.
   */
  readFile: route
    .input(z.object({ file: z.string().min(1).max(4_000) }))
    .output(eventIterator(z.object({ bytesDone: z.number().int(), bytesTotal: z.number().int() }))),
  /** Models that can write, with how they fit this machine and whether their GGUF file is in the `models` folder. */
  catalogue: route.output(catalogue),
  /** Starts to fetch the GGUF file of a model of the catalogue into the `models` folder, or joins who does; a cut one resumes. */
  fetchFile: route.input(z.object({ file: z.string().min(1).max(300) })).output(serverJob),
  /** The GGUF files in the `models` folder. */
  files: route.output(
    z.object({ directory: z.string(), files: z.array(z.object({ name: z.string(), sizeBytes: z.number().int() })) }),
  ),
  /** The built-in engine's memory: what is loaded. */
  unloadEngine: route.output(z.object({})),
};
