import { eventIterator } from "@orpc/contract";
import { z } from "zod";
import { route } from "./errors.ts";
import { severity } from "./guardrails.ts";
import { inferenceId, suiteId, testCaseId, testRunId, versionId } from "./ids.ts";
import { errorClass, generationOptions, message, responseFormat, timings } from "./inference.ts";

/** What an answer has to be. Text comparisons read the text the reader was shown. */
export const assertion = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("contains"),
    text: z.string().min(1).max(10_000),
    /** False asserts that the text is nowhere in the answer. */
    expected: z.boolean().default(true),
    caseSensitive: z.boolean().default(false),
  }),
  /** JavaScript syntax, flags `iu` by default; one that runs longer than 100 ms fails. */
  z.object({
    type: z.literal("regex"),
    pattern: z.string().min(1).max(2_000),
    flags: z
      .string()
      .regex(/^[dgimsuvy]*$/)
      .max(8)
      .default("iu"),
    expected: z.boolean().default(true),
  }),
  z.object({ type: z.literal("json_schema"), schema: responseFormat }),
  z.object({ type: z.literal("max_tokens"), tokens: z.number().int().min(1).max(1_000_000) }),
  z.object({
    type: z.literal("latency"),
    metric: z.enum(["firstTokenMs", "totalMs"]),
    atMostMs: z.number().min(0).max(86_400_000),
  }),
  /** No guardrail finding of this severity or worse. */
  z.object({ type: z.literal("no_violation"), severity: severity.default("medium") }),
  /** Cosine similarity of the embeddings of the answer and the reference, by the version named. */
  z.object({
    type: z.literal("similarity"),
    reference: z.string().min(1).max(100_000),
    atLeast: z.number().min(-1).max(1),
    embeddingVersionId: versionId,
  }),
  /** Another model answers whether the criterion holds, with its reason. */
  z.object({
    type: z.literal("judge"),
    criterion: z.string().trim().min(1).max(10_000),
    judgeVersionId: versionId,
  }),
]);
export type Assertion = z.infer<typeof assertion>;

export const testCase = z.object({
  id: testCaseId,
  suiteId,
  name: z.string(),
  messages: z.array(message),
  options: generationOptions,
  assertions: z.array(assertion),
});
export type TestCase = z.infer<typeof testCase>;

export const testSuite = z.object({
  id: suiteId,
  name: z.string(),
  description: z.string(),
  createdAtMs: z.number().int(),
  cases: z.number().int(),
  lastRun: z
    .object({ id: testRunId, startedAtMs: z.number().int(), passed: z.number().int(), failed: z.number().int() })
    .nullable(),
});
export type TestSuite = z.infer<typeof testSuite>;

export const assertionResult = z.object({
  assertion,
  passed: z.boolean(),
  /** What was found, in a sentence, such as `similarity 0.62, at least 0.8 was wanted`. */
  detail: z.string(),
});

/** One case on one version. `error` where the call or a judge failed: neither passed nor failed by an assertion. */
export const testResult = z.object({
  caseId: testCaseId,
  caseName: z.string(),
  versionId,
  model: z.string(),
  version: z.string(),
  state: z.enum(["waiting", "running", "passed", "failed", "error", "cancelled"]),
  inferenceId: inferenceId.nullable(),
  text: z.string(),
  assertions: z.array(assertionResult),
  error: z.object({ errorClass, message: z.string(), remedy: z.string() }).nullable(),
  timings: timings.nullable(),
  promptTokens: z.number().int().nullable(),
  completionTokens: z.number().int().nullable(),
});
export type TestResult = z.infer<typeof testResult>;

export const testRunSummary = z.object({
  id: testRunId,
  suiteId,
  suiteName: z.string(),
  startedAtMs: z.number().int(),
  finishedAtMs: z.number().int().nullable(),
  /** `interrupted` when Taleward ended before the run did. */
  state: z.enum(["running", "finished", "cancelled", "interrupted"]),
  versions: z.array(
    z.object({
      versionId,
      model: z.string(),
      version: z.string(),
      passed: z.number().int(),
      failed: z.number().int(),
      errors: z.number().int(),
      /** Of the calls that were answered; null before the first. */
      totalP50Ms: z.number().nullable(),
      tokensPerSecondP50: z.number().nullable(),
    }),
  ),
});
export type TestRunSummary = z.infer<typeof testRunSummary>;

export const testRun = testRunSummary.extend({ results: z.array(testResult) });
export type TestRun = z.infer<typeof testRun>;

const suiteName = z.string().trim().min(1).max(200);
const caseFields = {
  name: suiteName,
  messages: z.array(message).min(1).max(200),
  options: generationOptions.default({}),
  assertions: z.array(assertion).max(50),
};

/** Saved prompts with assertions, run over versions side by side, so that a version can be judged before it answers anybody. */
export const suitesContract = {
  list: route.output(z.array(testSuite)),
  create: route
    .input(z.object({ name: suiteName, description: z.string().trim().max(2_000).default("") }))
    .output(testSuite),
  rename: route
    .input(z.object({ suiteId, name: suiteName, description: z.string().trim().max(2_000).optional() }))
    .output(testSuite),
  /** With its cases and runs; the calls stay in the log. */
  remove: route.input(z.object({ suiteId })).output(z.object({})),
  cases: route.input(z.object({ suiteId })).output(z.array(testCase)),
  addCase: route.input(z.object({ suiteId, ...caseFields })).output(testCase),
  saveCase: route.input(z.object({ testCaseId, ...caseFields })).output(testCase),
  removeCase: route.input(z.object({ testCaseId })).output(z.object({})),
  /** Runs every case on every version, one call at a time a version; each event is the run so far, the last one its end. */
  run: route.input(z.object({ suiteId, versionIds: z.array(versionId).min(1).max(16) })).output(eventIterator(testRun)),
  /** Newest first. */
  runs: route.input(z.object({ suiteId })).output(z.array(testRunSummary)),
  testRun: route.input(z.object({ testRunId })).output(testRun),
};
