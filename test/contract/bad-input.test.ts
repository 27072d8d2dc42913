import { join } from "node:path";
import { ORPCError } from "@orpc/client";
import Sqlite from "better-sqlite3";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ZodType } from "zod";
import type { Backend } from "../../src/main/backend.ts";
import { contract } from "../../src/shared/contract/contract.ts";
import { startBackend } from "../kit/backend.ts";
import { startStory } from "../kit/narrative.ts";
import { runsAll } from "../kit/tier.ts";
import { type Transport, transports } from "../kit/transports.ts";
import { aTest } from "../kit/actors.ts";

const calls = runsAll ? 100_000 : 5_000;
const id = "019ab000-0000-7000-8000-000000000001";

const testCase = {
  name: "A map",
  messages: [{ role: "user", content: "A map" }],
  options: { seed: 3, format: { type: "object" } },
  assertions: [
    { type: "contains", text: "map", expected: true, caseSensitive: false },
    { type: "regex", pattern: "map", flags: "iu", expected: false },
    { type: "json_schema", schema: { type: "object" } },
    { type: "latency", metric: "totalMs", atMostMs: 3 },
    { type: "similarity", reference: "A map", atLeast: 0.5, embeddingVersionId: id },
    { type: "judge", criterion: "It is kind", judgeVersionId: id },
  ],
};

const [aModel, aVersion, anAssignment] = [2, 3, 4].map((last) => `019ab000-0000-7000-8000-00000000000${last}`);
const registryDocument = {
  format: "taleward-registry",
  formatVersion: 1,
  exportedAtMs: 1,
  models: [
    {
      id: aModel,
      name: "llama",
      modelType: "self_hosted",
      provider: "ollama",
      createdAtMs: 1,
      aliases: [{ alias: "stable", versionId: aVersion }],
    },
  ],
  versions: [
    {
      id: aVersion,
      modelId: aModel,
      version: "1",
      status: "active",
      digest: `sha256:${"a".repeat(64)}`,
      configuration: { contextTokens: 2_048 },
      createdAtMs: 1,
      tags: ["a"],
      note: "A note",
      drift: null,
    },
  ],
  useCases: [{ name: "story_generation", description: "Writes", createdAtMs: 1 }],
  assignments: [
    {
      id: anAssignment,
      useCase: "story_generation",
      versionId: aVersion,
      fallbacks: [],
      defaults: { seed: 3 },
      fromMs: 1,
      untilMs: null,
      by: aTest,
      reason: null,
    },
  ],
  endpoints: [{ endpoint: "http://127.0.0.1:1", provider: "ollama", maxConcurrent: 2 }],
};

/** Input each route would take, for spoiling; a route that is missing here does not compile. */
const takes: { [Domain in keyof typeof contract]: { [Route in keyof (typeof contract)[Domain]]: unknown } } = {
  app: { info: undefined, changes: undefined },
  registry: {
    versions: {
      text: "llama",
      model: "llama",
      provider: "ollama",
      status: "active",
      tag: "a",
      drifted: true,
      limit: 3,
    },
    version: { versionId: id },
    find: { name: "llama@1" },
    pinning: { versionId: id },
    calls: { versionId: id, limit: 3 },
    judgements: { versionId: id },
    performance: { versionId: id, sinceMs: 0, sliceMs: 60_000 },
    useCases: undefined,
    addUseCase: { name: "poetry", description: "Verses" },
    registerModel: {
      modelName: "llama",
      modelType: "self_hosted",
      provider: "ollama",
      version: "1",
      useCase: "story_generation",
      configuration: {
        endpoint: "http://127.0.0.1:1/",
        contextTokens: 2048,
        options: { temperature: 1, stop: ["x"], seed: 3 },
      },
    },
    removeUseCase: { useCase: "story_generation" },
    annotate: { versionId: id, tags: ["a"], aliases: ["stable"], note: "A note" },
    setStatus: { versionId: id, status: "candidate" },
    removeVersion: { versionId: id },
    assign: { useCase: "story_generation", versionId: id, fallbacks: [id], defaults: { seed: 3 }, reason: "why" },
    undoAssignment: { useCase: "story_generation", assignmentId: id, reason: "why" },
    history: { useCase: "story_generation" },
    timeline: { sinceMs: 0, untilMs: 1 },
    drifts: undefined,
    checkDrift: undefined,
    acceptDrift: { versionId: id, version: "2", reason: "why" },
    exportRegistry: undefined,
    importRegistry: { document: registryDocument },
    endpoints: { endpoint: "http://127.0.0.1:1", provider: "ollama" },
    saveEndpoint: { endpoint: "http://127.0.0.1:1", provider: "ollama", maxConcurrent: 2, key: "a key" },
    removeEndpoint: { endpoint: "http://127.0.0.1:1" },
    keyStorage: undefined,
  },
  servers: {
    show: { endpoint: "http://127.0.0.1:1", model: "smollm2:135m" },
    running: { endpoint: "http://127.0.0.1:1" },
    pull: { endpoint: "http://127.0.0.1:1", model: "smollm2:135m" },
    create: { endpoint: "http://127.0.0.1:1", model: "smollm2:135m", modelfile: "FROM llama", quantize: "q4_K_M" },
    copy: { endpoint: "http://127.0.0.1:1", model: "smollm2:135m", to: "smollm2:two" },
    remove: { endpoint: "http://127.0.0.1:1", model: "smollm2:135m", force: true },
    load: { endpoint: "http://127.0.0.1:1", model: "smollm2:135m" },
    unload: { endpoint: "http://127.0.0.1:1", model: "smollm2:135m" },
    jobs: undefined,
    cancel: { jobId: id },
    inspectFile: { path: "starter", contextTokens: 512 },
    readFile: { file: "starter" },
    files: undefined,
    unloadEngine: undefined,
  },
  inference: {
    generate: { useCase: "story_generation", prompt: "A map", options: { maxTokens: 5 } },
    chat: {
      target: { type: "use_case", useCase: "story_generation" },
      messages: [{ role: "user", content: "A map" }],
      options: { maxTokens: 5 },
      deadlines: { totalMs: 1_000 },
      wire: false,
    },
    embed: { versionId: id, texts: ["A map"] },
    status: { useCase: "story_generation" },
    load: undefined,
    starter: undefined,
    installStarter: undefined,
  },
  story: {
    list: undefined,
    create: { title: "A title" },
    rename: { storyId: id, title: "A title" },
    remove: { storyId: id },
    outline: { storyId: id },
    addPassage: { storyId: id, title: "A title" },
    renamePassage: { passageId: id, title: "A title" },
    passage: { passageId: id },
    savePassage: { passageId: id, text: "A text", caret: 3, baseRevision: 0 },
    generate: { passageId: id, prompt: "A map", options: { temperature: 0.5 } },
    accept: { proposalId: id, baseRevision: 0 },
    discard: { proposalId: id },
  },
  guardrails: {
    violations: { severity: "high", decision: "open", limit: 3 },
    violation: { violationId: id },
    review: { violationId: id, decision: "confirmed", reason: "why" },
    check: { text: "A text" },
  },
  logs: {
    list: { useCase: "story_generation", outcome: "completed", limit: 2 },
    get: { inferenceId: id },
    rating: { inferenceId: id },
    rate: { inferenceId: id, stars: 3 },
    removeRating: { inferenceId: id },
  },
  gateway: {
    status: undefined,
    configure: { enabled: false, port: 11_500, maxBodyBytes: 4_096 },
    renewKey: undefined,
    calls: undefined,
  },
  coordination: {
    subscribers: undefined,
    subscribe: { name: "Game server", url: "http://127.0.0.1:1/told" },
    unsubscribe: { subscriberId: id },
    deliver: { subscriberId: id },
    updates: { client: "Dashboard" },
    acknowledge: { client: "Dashboard", sequence: 3 },
    history: { limit: 3 },
    alerts: { open: true, limit: 3 },
    acknowledgeAlert: { alertId: id },
    rules: undefined,
    saveRules: {
      desktop: "warning",
      webhook: { url: "http://127.0.0.1:1/told", from: "critical" },
      quiet: { fromMinute: 1_320, untilMinute: 420 },
      muted: ["drift"],
    },
    testAlert: undefined,
  },
  rollouts: {
    list: { useCase: "story_generation", active: true, limit: 3 },
    get: { rolloutId: id },
    start: {
      useCase: "story_generation",
      candidateVersionId: id,
      plan: {
        strategy: "canary",
        steps: [
          { type: "weight", percent: 10 },
          { type: "analysis", units: 20, withinMs: 60_000, proof: true },
          { type: "pause", forMs: 60_000 },
          { type: "person_gate", question: "Is it kind?" },
          { type: "suite_gate", suiteId: id, atLeastPercent: 90 },
        ],
        limits: { errors: 3, held: 0 },
        objectives: [{ metric: "totalMs", atMost: 3_000 }],
      },
      supersede: true,
      prediction: { scenarios: [], calls: 10, stopped: false, assumptions: ["The traffic stays as it is"] },
      reason: "It is faster",
    },
    command: { rolloutId: id, command: "abort", reason: "It is slow" },
    events: { rolloutId: id },
    evidence: { rolloutId: id },
    calibration: { rolloutId: id },
    samples: { rolloutId: id, limit: 3 },
    simulate: {
      plan: { strategy: "canary", steps: [{ type: "weight", percent: 10 }] },
      traffic: {
        type: "load",
        callsPerHour: 60,
        stable: { msPerToken: { median: 20 }, firstTokenMs: { median: 200 } },
      },
      runs: 1,
    },
    manifest: {
      plan: { strategy: "all_at_once" },
      useCase: "story_generation",
      candidateVersionId: id,
      kind: "argo",
    },
    watch: { rolloutId: id },
  },
  suites: {
    list: undefined,
    create: { name: "Dialogue", description: "What a keeper says" },
    rename: { suiteId: id, name: "Dialogue", description: "Said" },
    remove: { suiteId: id },
    cases: { suiteId: id },
    addCase: { suiteId: id, ...testCase },
    saveCase: { testCaseId: id, ...testCase },
    removeCase: { testCaseId: id },
    run: { suiteId: id, versionIds: [id] },
    runs: { suiteId: id },
    testRun: { testRunId: id },
  },
};

const routes = Object.entries(takes).flatMap(([domain, inputs]) =>
  Object.entries(inputs).flatMap(([name, valid]) => {
    const schema = Reflect.get(Reflect.get(contract, domain), name)["~orpc"].inputSchema as ZodType | undefined; // every schema here is zod's
    return schema === undefined ? [] : [{ domain, name, schema, valid }];
  }),
);

const odd = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom<unknown>(
    Number.NaN,
    -1,
    1e300,
    2 ** 53,
    "",
    " ",
    "\u0000",
    "../../etc/passwd",
    [],
    {},
    null,
    true,
    new Date(0),
    10n ** 30n,
  ),
  fc.string({ unit: "binary" }),
  fc.constant("x".repeat(5_000)),
);

/** A valid input with one field, however deep, replaced, or something else altogether. */
const spoiled = fc.constantFrom(...routes).chain(({ domain, name, schema, valid }) =>
  fc
    .oneof(
      { weight: 1, arbitrary: odd },
      {
        weight: 4,
        arbitrary: fc.tuple(fc.constantFrom(...paths(valid)), odd).map(([path, value]) => replaced(valid, path, value)),
      },
    )
    .map((input) => ({ domain, name, schema, input })),
);

let backend: Backend;
let transport: Transport;
let watching: Sqlite.Database;
beforeAll(async () => {
  backend = await startBackend();
  transport = await transports[0][1](backend.router);
  await startStory(transport.client);
  watching = new Sqlite(join(backend.dataDirectory, "taleward.db"), { readonly: true });
});
afterAll(async () => {
  watching.close();
  await transport.close();
  await backend.close();
});

test(`${calls.toLocaleString("en")} calls with bad input are each answered with a typed error that names the field, and write nothing`, async () => {
  const before = dataVersion();
  const fields = new Set<string>();
  let made = 0;
  const sample = fc.sample(spoiled, { numRuns: calls * 2, seed: 20_261_124 });
  while (made < calls) {
    const batch = [];
    while (batch.length < 200 && sample.length > 0) {
      const next = sample.pop();
      if (next && !next.schema.safeParse(next.input).success) batch.push(next);
    }
    if (batch.length === 0) throw new Error(`only ${made} of the inputs were bad`);
    await Promise.all(
      batch.map(async ({ domain, name, input }) => {
        const error = await refusal(domain, name, input);
        const field = error.data.field ?? "(whole)";
        fields.add(`${domain}.${name} ${field}`);
      }),
    );
    made += batch.length;
  }
  expect(dataVersion()).toBe(before);
  expect([...fields]).toEqual(
    expect.arrayContaining([
      "registry.registerModel configuration.options.temperature",
      "registry.registerModel provider",
      "story.savePassage baseRevision",
      "guardrails.review violationId",
      "logs.list limit",
      "inference.generate useCase",
    ]),
  );
}, 240_000);

test.each(
  routes
    .filter(({ valid }) => JSON.stringify(valid).includes(id))
    .map(({ domain, name, valid }) => [`${domain}.${name}`, domain, name, valid]),
)("%s of something that does not exist is NOT_FOUND and writes nothing", async (_route, domain, name, valid) => {
  const before = dataVersion();
  await expect(call(String(domain), String(name), valid)).rejects.toMatchObject({
    code: "NOT_FOUND",
    defined: true,
    data: { field: expect.stringMatching(/Id$/), value: id, remedy: expect.stringMatching(/\S/) },
  });
  expect(dataVersion()).toBe(before);
});

test.each([
  [
    "a prompt of a million characters",
    "generate",
    { useCase: "story_generation", prompt: "a".repeat(1_000_000) },
    "BAD_REQUEST",
    "prompt",
  ],
  ["an unknown use case", "generate", { useCase: "no_such_case", prompt: "A map" }, "NOT_FOUND", "useCase"],
])("%s is refused by name and writes nothing", async (_what, name, input, code, field) => {
  const before = dataVersion();
  await expect(call("inference", name, input)).rejects.toMatchObject({
    code,
    defined: true,
    data: { field, remedy: expect.stringMatching(/\S/) },
  });
  expect(dataVersion()).toBe(before);
});

async function refusal(domain: string, name: string, input: unknown) {
  const error = await call(domain, name, input).then(
    (answer) =>
      new Error(
        `${domain}.${name} took ${JSON.stringify(input)?.slice(0, 200)} and answered ${JSON.stringify(answer)}`,
      ),
    (thrown: unknown) => thrown,
  );
  if (
    !(error instanceof ORPCError) ||
    !error.defined ||
    error.code !== "BAD_REQUEST" ||
    typeof error.data.remedy !== "string"
  )
    throw new Error(`${domain}.${name} with ${JSON.stringify(input)?.slice(0, 200)}: ${String(error)}`, {
      cause: error,
    });
  return error;
}

/** Calls a route and, where it answers with events, asks for the first. */
async function call(domain: string, name: string, input: unknown): Promise<unknown> {
  const answer = await Reflect.get(Reflect.get(transport.client, domain), name)(input);
  return typeof answer === "object" && answer !== null && Symbol.asyncIterator in answer
    ? answer[Symbol.asyncIterator]().next()
    : answer;
}

/** Changes when any other connection commits. */
function dataVersion(): unknown {
  return watching.pragma("data_version", { simple: true });
}

function paths(value: unknown, at: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== "object" || value === null) return at.length === 0 ? [["extra"]] : [at];
  return Object.entries(value).flatMap(([key, part]) => [[...at, key], ...paths(part, [...at, key])]);
}

function replaced(value: unknown, [key, ...rest]: readonly string[], by: unknown): unknown {
  if (key === undefined) return by;
  const copy: object = Array.isArray(value)
    ? [...value]
    : typeof value === "object" && value !== null
      ? { ...value }
      : {};
  Reflect.set(copy, key, replaced(Reflect.get(copy, key), rest, by));
  return copy;
}
