import { z } from "zod";
import { actor, actorOrText } from "./actor.ts";
import { assignmentReading } from "./assignment-reading.ts";
import { route } from "./errors.ts";
import { assignmentId, modelId, suiteId, testRunId, versionId } from "./ids.ts";
import { endpointUrl, generationOptions, useCaseName, versionConfiguration } from "./inference.ts";
import { inferenceSummary } from "./logs.ts";

export { endpointUrl, type Shape, type VersionConfiguration } from "./inference.ts";

export const providerName = z.enum(["ollama", "openai", "embedded"]);
export type ProviderName = z.infer<typeof providerName>;
/** The providers that are called over the network. */
export const serverProvider = providerName.exclude(["embedded"]);
export type ServerProvider = z.infer<typeof serverProvider>;
export const modelType = z.enum(["self_hosted", "remote"]);
export const versionStatus = z.enum(["registered", "candidate", "active", "deprecated", "retired"]);
export type VersionStatus = z.infer<typeof versionStatus>;

const modelName = z.string().trim().min(1).max(200);
const versionLabel = z.string().trim().min(1).max(100);
/** A tag or an alias: letters, digits, dots, dashes and underscores. */
const label = z
  .string()
  .max(64)
  .regex(/^[a-z0-9][a-z0-9._-]*$/i, "letters, digits, dots, dashes and underscores, such as stable");
const sha256Digest = z.string().regex(/^sha256:[0-9a-f]{64}$/, "sha256: and 64 hex digits");

/** The name on the server holds other content than the version was pinned to. */
export const drift = z.object({
  /** The server, or `embedded` for a file of the built-in engine. */
  endpoint: z.string().max(2_000),
  foundDigest: sha256Digest,
  foundAtMs: z.number().int(),
});
export type Drift = z.infer<typeof drift>;

export const modelVersion = z.object({
  id: versionId,
  modelId,
  model: z.string(),
  modelType,
  provider: providerName,
  version: z.string(),
  status: versionStatus,
  /** Content digest, `sha256:` and 64 hex digits; null where the server reports none, and until it first does. */
  digest: z.string().nullable(),
  configuration: versionConfiguration,
  createdAtMs: z.number().int(),
  /** The use cases it answers now. */
  assignedTo: z.array(z.string()),
  tags: z.array(z.string()),
  /** Names of the model that lead to this version, as `stable` in `llama@stable`. */
  aliases: z.array(z.string()),
  note: z.string(),
  /** Null while the server still has what was registered. */
  drift: drift.nullable(),
});
export type ModelVersion = z.infer<typeof modelVersion>;

export const assignment = z.object({
  id: assignmentId,
  useCase: z.string(),
  versionId,
  model: z.string(),
  version: z.string(),
  /** Tried in this order when the version cannot answer. */
  fallbacks: z.array(z.object({ versionId, model: z.string(), version: z.string() })),
  /** Options of every call on the use case; a call's own come first, the version's last. */
  defaults: generationOptions,
  fromMs: z.number().int(),
  /** Null while it is the live one. */
  untilMs: z.number().int().nullable(),
  by: actor,
  reason: z.string().nullable(),
});
export type Assignment = z.infer<typeof assignment>;

export const useCase = z.object({
  name: z.string(),
  description: z.string(),
  assignment: assignment.nullable(),
});
export type UseCase = z.infer<typeof useCase>;

export const serverModel = z.object({
  name: z.string(),
  digest: z.string().nullable(),
  sizeBytes: z.number().int().nullable(),
  parameters: z.string().nullable(),
  quantization: z.string().nullable(),
  /** Null where the server does not report it. */
  loaded: z.boolean().nullable(),
  /** The version it is registered as, if it is. */
  versionId: versionId.nullable(),
});
export type ServerModel = z.infer<typeof serverModel>;

export const endpointHealth = z.object({
  endpoint: z.string(),
  provider: serverProvider,
  state: z.enum(["up", "down"]),
  /** What answers there, such as `Ollama`, `llama.cpp`, `LM Studio`, `vLLM`, `LiteLLM`; null where it does not report it. */
  server: z.string().nullable(),
  serverVersion: z.string().nullable(),
  latencyMs: z.number().nullable(),
  lastError: z.string().nullable(),
  checkedAtMs: z.number().int(),
  models: z.array(serverModel),
  /** Calls at once; more wait in line. */
  maxConcurrent: z.number().int(),
  /** Whether a key is stored for it. The key itself is never returned. */
  hasKey: z.boolean(),
});
export type EndpointHealth = z.infer<typeof endpointHealth>;

export const registerModelInput = z.object({
  modelName,
  modelType: modelType.default("self_hosted"),
  provider: providerName,
  version: versionLabel,
  /** When given, the new version answers this use case from now on. */
  useCase: useCaseName.optional(),
  tags: z.array(label).max(32).optional(),
  note: z.string().max(10_000).optional(),
  configuration: versionConfiguration.default({}),
});
export type RegisterModelInput = z.infer<typeof registerModelInput>;

export const versionFilter = z.object({
  /** Words looked for in model, version, tags and note. */
  text: z.string().max(200).optional(),
  model: z.string().max(200).optional(),
  provider: providerName.optional(),
  status: versionStatus.optional(),
  tag: z.string().max(64).optional(),
  useCase: useCaseName.optional(),
  drifted: z.boolean().optional(),
});
export type VersionFilter = z.infer<typeof versionFilter>;

/** One slice of a version's calls. Latencies in milliseconds; null where no call of the slice has one. */
export const performanceSlice = z.object({
  fromMs: z.number().int(),
  calls: z.number().int(),
  failed: z.number().int(),
  /** Calls in which something was found, of any severity. */
  violations: z.number().int(),
  held: z.number().int(),
  firstTokenP50Ms: z.number().nullable(),
  firstTokenP95Ms: z.number().nullable(),
  totalP50Ms: z.number().nullable(),
  totalP95Ms: z.number().nullable(),
  tokensPerSecondP50: z.number().nullable(),
  completionTokens: z.number().int(),
});
export type PerformanceSlice = z.infer<typeof performanceSlice>;

/** Whether what a version's name means is fixed; if not, why not and what to do, in a sentence. */
export const pinning = z.object({
  /** Not yet: `away` while no server answers, `missing` while the one that answers has no such name. Never: `unpinnable`. */
  state: z.enum(["pinned", "away", "missing", "unpinnable"]),
  message: z.string(),
});
export type Pinning = z.infer<typeof pinning>;

/** A call as far as it was a version's own: outcome and times are those of its part. */
export const versionCall = inferenceSummary.extend({
  /** Who answered, or was the last to fail, when the version could not answer; null where it was the last itself. */
  takenOverBy: z.object({ model: z.string(), version: z.string() }).nullable(),
});
export type VersionCall = z.infer<typeof versionCall>;

/** The latest run of a suite over a version. */
export const suiteJudgement = z.object({
  suiteId,
  suiteName: z.string(),
  runId: testRunId,
  startedAtMs: z.number().int(),
  state: z.enum(["running", "finished", "cancelled", "interrupted"]),
  cases: z.number().int(),
  passed: z.number().int(),
  failed: z.number().int(),
  /** Cases that could not be judged. */
  errors: z.number().int(),
});
export type SuiteJudgement = z.infer<typeof suiteJudgement>;

/** Persons' ratings of a version's answers, 1 to 5 stars. */
export const ratingSummary = z.object({
  count: z.number().int(),
  /** Null of none. */
  mean: z.number().nullable(),
  /** How often one star was given, then two, up to five. */
  byStars: z.array(z.number().int()).length(5),
});
export type RatingSummary = z.infer<typeof ratingSummary>;

export const judgements = z.object({ suites: z.array(suiteJudgement), ratings: ratingSummary });
export type Judgements = z.infer<typeof judgements>;

const exported = <T extends z.ZodType>(item: T) => z.array(item).max(100_000);

/** The whole registry as one document; importing it into an empty one and exporting again gives the same document. */
export const registryDocument = z.object({
  format: z.literal("taleward-registry"),
  /** 2 since who assigned is data. */
  formatVersion: z.literal([1, 2]),
  exportedAtMs: z.number().int(),
  models: exported(
    z.object({
      id: modelId,
      name: modelName,
      modelType,
      provider: providerName,
      createdAtMs: z.number().int(),
      aliases: z.array(z.object({ alias: label, versionId })),
    }),
  ),
  versions: exported(
    z.object({
      id: versionId,
      modelId,
      version: versionLabel,
      status: versionStatus,
      digest: sha256Digest.nullable(),
      configuration: versionConfiguration,
      createdAtMs: z.number().int(),
      tags: z.array(label).max(32),
      note: z.string().max(10_000),
      drift: drift.nullable(),
    }),
  ),
  useCases: exported(z.object({ name: useCaseName, description: z.string().max(500), createdAtMs: z.number().int() })),
  /** Oldest first. */
  assignments: exported(
    z.object({
      id: assignmentId,
      useCase: useCaseName,
      versionId,
      fallbacks: z.array(versionId).max(8),
      defaults: generationOptions,
      fromMs: z.number().int(),
      untilMs: z.number().int().nullable(),
      /** Words in documents of format 1. */
      by: actorOrText,
      reason: z.string().max(2_000).nullable(),
    }),
  ),
  endpoints: exported(
    z.object({
      endpoint: endpointUrl,
      provider: serverProvider,
      maxConcurrent: z.number().int().min(1).max(10_000),
    }),
  ),
});
export type RegistryDocument = z.infer<typeof registryDocument>;

const reason = z.string().trim().max(500).optional();

export const registryContract = {
  /** Newest first, keyset paged; `total` counts what the filter lets through. */
  versions: route
    .input(
      versionFilter
        .extend({ cursor: z.string().max(200).optional(), limit: z.number().int().min(1).max(500).default(200) })
        .prefault({}),
    )
    .output(z.object({ items: z.array(modelVersion), nextCursor: z.string().nullable(), total: z.number().int() })),
  version: route.input(z.object({ versionId })).output(modelVersion),
  /** The version that `model@version`, `model@alias` or a model's name alone means: alone, its newest that is not retired. */
  find: route.input(z.object({ name: z.string().trim().min(1).max(320) })).output(modelVersion),
  /** Whether the content its name stands for is fixed; a version that is not pinned yet is pinned by this if its server reports a digest now. */
  pinning: route.input(z.object({ versionId })).output(pinning),
  /**
   * How the calls sent to a version went, in slices of time, oldest first; slices without calls are left out. A call that a
   * fallback answered is its failure, and the fallback's times begin when the fallback was called.
   */
  performance: route
    .input(
      z.object({
        versionId,
        sinceMs: z.number().int().min(0),
        /** 60,000 to 30 days. */
        sliceMs: z.number().int().min(60_000).max(2_592_000_000),
      }),
    )
    .output(z.array(performanceSlice)),
  /** The latest calls sent to a version, newest first, whoever answered; among the model's 200 latest, and the 200 latest that were taken over. */
  calls: route
    .input(z.object({ versionId, limit: z.number().int().min(1).max(50).default(8) }))
    .output(z.array(versionCall)),
  /** How a version was judged: by the latest run of each suite, and by persons. */
  judgements: route.input(z.object({ versionId })).output(judgements),
  useCases: route.output(z.array(useCase)),
  addUseCase: route
    .input(z.object({ name: useCaseName, description: z.string().trim().max(500).default("") }))
    .output(useCase),
  /** Only one that nothing was ever assigned to or logged under, and never one of Taleward's own five. */
  removeUseCase: route.input(z.object({ useCase: useCaseName })).output(z.object({})),
  /** Registers a model, or a further version of one; configuration is never edited in place. */
  registerModel: route.input(registerModelInput).output(modelVersion),
  /** Changes what may change of a version: tags, aliases and note. What is left out stays. An alias moves here from a sibling. */
  annotate: route
    .input(
      z.object({
        versionId,
        tags: z.array(label).max(32).optional(),
        aliases: z.array(label).max(32).optional(),
        note: z.string().max(10_000).optional(),
      }),
    )
    .output(modelVersion),
  /** `active` follows from assignments and cannot be set. A version that answers or falls back for a use case is not retired. */
  setStatus: route
    .input(z.object({ versionId, status: z.enum(["registered", "candidate", "deprecated", "retired"]) }))
    .output(modelVersion),
  /** Only a version that nothing refers to: no assignment past or present, no logged call, no story, no test run. */
  removeVersion: route.input(z.object({ versionId })).output(z.object({})),
  /** What is left out of fallbacks and defaults stays as the assignment before had it. */
  assign: route
    .input(
      z.object({
        useCase: useCaseName,
        versionId,
        fallbacks: z.array(versionId).max(8).optional(),
        defaults: generationOptions.optional(),
        reason,
      }),
    )
    .output(assignment),
  /** Makes an earlier assignment live again, as a new one; without its id, the one before the live one. */
  undoAssignment: route
    .input(z.object({ useCase: useCaseName, assignmentId: assignmentId.optional(), reason }))
    .output(assignment),
  /** What was live when, newest first. */
  history: route.input(z.object({ useCase: useCaseName })).output(z.array(assignment)),
  /** Every assignment of every use case that was live at some time from `sinceMs` to `untilMs`, oldest first. */
  timeline: route
    .input(
      z
        .object({ sinceMs: z.number().int().min(0).default(0), untilMs: z.number().int().min(0).optional() })
        .prefault({}),
    )
    .output(z.array(assignment)),
  reading: route.output(assignmentReading),
  /** Every version whose name on its server now holds something else. */
  drifts: route.output(z.array(modelVersion)),
  /** Asks every server now whether the pinned versions are still what they were; resolves to those that are not. */
  checkDrift: route.output(z.array(modelVersion)),
  /** Registers what the server has now as a new version, which replaces the drifted one in all use cases and fallbacks; that is `deprecated` then. */
  acceptDrift: route.input(z.object({ versionId, version: versionLabel, reason })).output(modelVersion),
  exportRegistry: route.output(registryDocument),
  /** All or nothing: what is here already and the same is skipped, a difference is refused by name. */
  importRegistry: route.input(z.object({ document: registryDocument })).output(
    z.object({
      versionsAdded: z.number().int(),
      useCasesAdded: z.number().int(),
      assignmentsAdded: z.number().int(),
    }),
  ),
  /** Asks the servers we know of, without loading a model. `endpoint` asks that one alone, known or not. */
  endpoints: route
    .input(z.object({ endpoint: endpointUrl.optional(), provider: serverProvider.optional() }).default({}))
    .output(z.array(endpointHealth)),
  /** Saves a server: how many calls at once (64 by default), and its key, which is stored in the host's secret storage. */
  saveEndpoint: route
    .input(
      z.object({
        endpoint: endpointUrl,
        provider: serverProvider,
        maxConcurrent: z.number().int().min(1).max(10_000).optional(),
        /** An empty key forgets it; left out, it stays. */
        key: z.string().max(10_000).optional(),
      }),
    )
    .output(endpointHealth),
  /** Forgets a server and its key; refused while versions that are not retired name it. */
  removeEndpoint: route.input(z.object({ endpoint: endpointUrl })).output(z.object({})),
  /** Where keys are kept, in a sentence for the person at the desk. */
  keyStorage: route.output(z.object({ available: z.boolean(), description: z.string() })),
};
