import type { VersionId } from "../../shared/contract/ids.ts";
import {
  type CallTarget,
  type GenerationOptions,
  type InferenceEvent,
  type Message,
  type ResponseFormat,
} from "../../shared/contract/inference.ts";
import type { Assertion, TestCase, TestResult } from "../../shared/contract/suites.ts";
import { ExpectedError } from "../base/expected-error.ts";
import { assertNever, Failure } from "../base/failure.ts";
import { log } from "../base/logger.ts";
import type { FormatChecker } from "../inference/call/structured-output.ts";
import { type Answer, judged, type Judgement, type JudgementError } from "./assertions/answer.ts";
import { judge } from "./assertions/assertions.ts";
import { judgeFormat, judgeMessages, readJudge } from "./judge-model.ts";
import { judgePattern } from "./pattern.ts";
import { judgeSimilarity } from "./assertions/similarity.ts";

/** The models that a suite runs on, and those that judge what they answer. */
export interface SuiteModels {
  /** One guarded, logged call from messages as they are. */
  chat(
    call: { target: CallTarget; caller: string; messages: readonly Message[]; options: GenerationOptions },
    signal: AbortSignal,
  ): AsyncIterable<InferenceEvent>;
  /** One vector a text, in order. */
  embed(
    call: { target: CallTarget; texts: readonly string[]; caller: string },
    signal: AbortSignal,
  ): Promise<{ readonly vectors: readonly (readonly number[])[] }>;
  /** Throws `Failure` where the format is no schema. */
  checkerFor(format: ResponseFormat): Promise<FormatChecker>;
}

export type CaseOutcome = Pick<
  TestResult,
  "state" | "inferenceId" | "text" | "assertions" | "error" | "timings" | "promptTokens" | "completionTokens"
>;

/** Asks a version and judges what it answers. Always resolves: what went wrong is in the outcome. */
export async function runCase(
  models: SuiteModels,
  { testCase, versionId, caller }: { testCase: TestCase; versionId: VersionId; caller: string },
  signal: AbortSignal,
): Promise<CaseOutcome> {
  const outcome: CaseOutcome = {
    state: "cancelled",
    inferenceId: null,
    text: "",
    assertions: [],
    error: null,
    timings: null,
    promptTokens: null,
    completionTokens: null,
  };
  try {
    const { messages, options, assertions } = testCase;
    const call = { target: { type: "version", versionId }, caller, messages, options } as const;
    const done = await readAnswer(models.chat(call, signal), outcome);
    if (signal.aborted || done === null) return outcome;
    const answer = { ...done, messages, text: outcome.text };
    for (const assertion of assertions) {
      const judgement = await judgeOne(models, { assertion, answer, caller }, signal);
      if (signal.aborted) return { ...outcome, assertions: [], state: "cancelled" };
      outcome.assertions.push(resultOf(assertion, judgement));
      if (judgement.outcome === "error") outcome.error ??= judgement.error;
      // One failed assertion fails the case, even where a judge could not decide another.
      if (judgement.outcome === "failed") outcome.state = "failed";
    }
    if (outcome.state !== "failed") outcome.state = outcome.error === null ? "passed" : "error";
    return outcome;
  } catch (error) {
    return signal.aborted ? outcome : { ...outcome, state: "error", error: describe(error) };
  }
}

/** Reads the call to its end into `outcome`; null where there is no answer to judge. */
async function readAnswer(
  events: AsyncIterable<InferenceEvent>,
  outcome: CaseOutcome,
): Promise<Omit<Answer, "messages" | "text"> | null> {
  let answered: Omit<Answer, "messages" | "text"> | null = null;
  for await (const event of events) {
    switch (event.type) {
      case "started":
        outcome.inferenceId = event.inferenceId;
        break;
      case "text_was_thought":
        outcome.text = "";
        break;
      case "token":
        outcome.text += event.text;
        break;
      case "held":
        outcome.text += outcome.text === "" || /\s$/.test(outcome.text) ? event.fallback : ` ${event.fallback}`;
        break;
      case "done":
        if (event.finishReason === "stopped") break;
        outcome.timings = event.timings;
        outcome.promptTokens = event.promptTokens;
        outcome.completionTokens = event.completionTokens;
        answered = event;
        break;
      case "failed":
        outcome.state = "error";
        outcome.error = { errorClass: event.errorClass, message: event.message, remedy: event.remedy };
        break;
      case "attempt":
      case "thought":
      case "left_out":
      case "tool_call":
        break;
      default:
        assertNever(event);
    }
  }
  return answered;
}

async function judgeOne(
  models: SuiteModels,
  { assertion, answer, caller }: { assertion: Assertion; answer: Answer; caller: string },
  signal: AbortSignal,
): Promise<Judgement> {
  try {
    switch (assertion.type) {
      case "regex":
        return await judgePattern(assertion, answer);
      case "json_schema": {
        const checked = await (await models.checkerFor(assertion.schema))(answer.text);
        return judged(checked.ok, checked.ok ? "The answer fits the schema." : checked.problem);
      }
      case "similarity": {
        if (answer.text.trim() === "") return judged(false, "The answer is empty: it resembles nothing.");
        const texts = [answer.text, assertion.reference];
        const target = { type: "version", versionId: assertion.embeddingVersionId } as const;
        const { vectors } = await models.embed({ target, texts, caller }, signal);
        return judgeSimilarity(assertion, vectors[0], vectors[1]);
      }
      case "judge": {
        const target = { type: "version", versionId: assertion.judgeVersionId } as const;
        const options = { temperature: 0, seed: 0, maxTokens: 1_000, format: judgeFormat };
        const events = models.chat({ target, caller, messages: judgeMessages(assertion, answer), options }, signal);
        const check = await models.checkerFor(judgeFormat);
        return await readJudge(events, async (text) => {
          const checked = await check(text);
          return checked.ok ? JSON.parse(checked.text) : null;
        });
      }
      default:
        return judge(assertion, answer);
    }
  } catch (error) {
    return { outcome: "error", error: describe(error) };
  }
}

function resultOf(assertion: Assertion, judgement: Judgement): TestResult["assertions"][number] {
  if (judgement.outcome === "error") return { assertion, passed: false, detail: judgement.error.message };
  return { assertion, passed: judgement.outcome === "passed", detail: judgement.detail };
}

/** An expected failure with its own class and message; anything else is a bug, which is logged here. */
function describe(error: unknown): JudgementError {
  const message = error instanceof Error ? error.message : String(error);
  // A failed call, itself or as the cause of the `Failure` that reports it.
  const failed = [error, error instanceof Error ? error.cause : null].find((thrown) => thrown instanceof ExpectedError);
  if (failed) return { errorClass: failed.errorClass, remedy: failed.remedy, message };
  if (error instanceof Failure) {
    const known = { NOT_FOUND: "model_not_found", STORAGE: "storage" } as const;
    const { code, data } = error;
    return { errorClass: code in known ? known[code as keyof typeof known] : "rejected", message, remedy: data.remedy };
  }
  log.error("a bug in a test case", error);
  return {
    errorClass: "internal",
    message: `Something went wrong inside Taleward: ${message}`,
    remedy: "Run the suite again.",
  };
}
