import { create } from "zustand";
import type {
  Attempt,
  Deadlines,
  GenerationOptions,
  InferenceEvent,
  Message,
  ToolCall,
  WireEvent,
} from "../../../../shared/contract/inference.ts";
import { api } from "../../api/connection.ts";
import { isCancelled, toProblem } from "../../api/problem.ts";
import { assertNever } from "../../ui/assert-never.ts";
import type { Target } from "./request.ts";

type Of<Type extends InferenceEvent["type"]> = Extract<InferenceEvent, { type: Type }>;
export type Done = Of<"done">;
type WireRequest = Extract<WireEvent, { type: "wire_request" }>;
type WireResponse = Extract<WireEvent, { type: "wire_response" }>;

/** What one attempt sent and was answered. */
export interface Exchange {
  readonly request: WireRequest;
  readonly response: WireResponse | null;
}

export type AnswerState = "running" | "done" | "held" | "stopped" | "failed" | "interrupted";

/** One model's answer, as far as it has come. */
export interface Answer {
  readonly key: string;
  readonly target: Target;
  readonly state: AnswerState;
  /** Who answers, known once it has begun; another one after a fallback. */
  readonly answering: Pick<Of<"started">, "model" | "version"> | null;
  readonly inferenceId: Of<"started">["inferenceId"] | null;
  readonly registryStale: boolean;
  readonly thoughts: string;
  readonly text: string;
  readonly toolCalls: readonly ToolCall[];
  readonly attempts: readonly Attempt[];
  readonly blocked: Of<"held"> | null;
  readonly done: Done | null;
  readonly failure: Pick<Of<"failed">, "message" | "remedy"> | null;
  readonly exchanges: readonly Exchange[];
}

/** What is asked of every target at once. */
export interface Question {
  readonly messages: Message[];
  readonly options: GenerationOptions;
  readonly deadlines: Deadlines;
}

interface AnswersState {
  readonly answers: readonly Answer[];
  /** What they answer; null before the first. */
  readonly question: Question | null;
}

/** The answers on screen; they go on arriving while another screen is open. */
export const useAnswers = create<AnswersState>(() => ({ answers: [], question: null }));

const aborters = new Map<string, AbortController>();
/** What has come since the last frame. */
const unpainted = new Map<string, Answer>();
let frame: number | null = null;

/** Asks every target the same at once, after stopping and removing the answers before. */
export function ask(targets: readonly Target[], question: Question): void {
  stopAll();
  const answers = targets.map(begun);
  useAnswers.setState({ answers, question });
  for (const answer of answers) void follow(answer, question); // ends in the store, however it does
}

export function stop(key: string): void {
  aborters.get(key)?.abort();
}

export function stopAll(): void {
  for (const aborter of aborters.values()) aborter.abort();
}

export function clearAnswers(): void {
  stopAll();
  useAnswers.setState({ answers: [], question: null });
}

async function follow({ key, target }: Answer, { messages, options, deadlines }: Question): Promise<void> {
  const aborter = new AbortController();
  aborters.set(key, aborter);
  try {
    const events = await api.inference.chat(
      {
        target: target.type === "use_case" ? target : { type: "version", versionId: target.versionId },
        messages,
        options,
        deadlines,
        wire: true,
      },
      { signal: aborter.signal },
    );
    for await (const event of events) change(key, (answer) => after(answer, event));
    finish(key, aborter.signal.aborted ? { state: "stopped" } : { state: "interrupted" });
  } catch (error) {
    if (isCancelled(error, aborter.signal)) finish(key, { state: "stopped" });
    else finish(key, { state: "interrupted", failure: toProblem(error) });
  } finally {
    aborters.delete(key);
    paint();
  }
}

function begun(target: Target): Answer {
  return {
    key: crypto.randomUUID(),
    target,
    state: "running",
    answering: null,
    inferenceId: null,
    registryStale: false,
    thoughts: "",
    text: "",
    toolCalls: [],
    attempts: [],
    blocked: null,
    done: null,
    failure: null,
    exchanges: [],
  };
}

/** The answer once an event has come. */
function after(answer: Answer, event: InferenceEvent | WireEvent): Answer {
  switch (event.type) {
    case "started":
      return { ...answer, answering: event, inferenceId: event.inferenceId, registryStale: event.registryStale };
    case "attempt":
      return { ...answer, answering: event, attempts: [...answer.attempts, event.failed] };
    case "thought":
      return { ...answer, thoughts: answer.thoughts + event.text };
    case "text_was_thought":
      return { ...answer, thoughts: answer.thoughts + answer.text, text: "" };
    case "left_out": // stories alone are shaped
      return answer;
    case "token":
      return { ...answer, text: answer.text + event.text };
    case "tool_call":
      return { ...answer, toolCalls: [...answer.toolCalls, event.call] };
    case "held":
      return { ...answer, blocked: event };
    case "wire_request":
      return { ...answer, exchanges: [...answer.exchanges, { request: event, response: null }] };
    case "wire_response":
      return { ...answer, exchanges: answered(answer.exchanges, event) };
    case "done":
      return {
        ...answer,
        answering: event,
        done: event,
        attempts: event.attempts,
        state: event.finishReason === "held" || event.finishReason === "stopped" ? event.finishReason : "done",
      };
    case "failed":
      return {
        ...answer,
        inferenceId: event.inferenceId ?? answer.inferenceId,
        failure: event,
        attempts: event.attempts,
        state: "failed",
      };
    default:
      return assertNever(event);
  }
}

/** An answer belongs to the latest request. */
function answered(exchanges: readonly Exchange[], response: WireResponse): readonly Exchange[] {
  return exchanges.map((exchange, index) => (index === exchanges.length - 1 ? { ...exchange, response } : exchange));
}

/** Ends an answer that its own events have not ended. */
function finish(key: string, end: Pick<Answer, "state"> & Partial<Pick<Answer, "failure">>): void {
  change(key, (answer) => (answer.state === "running" ? { ...answer, ...end } : answer));
}

/** Changes an answer, on screen with the next frame. An answer that was replaced is none any more. */
function change(key: string, next: (answer: Answer) => Answer): void {
  const current = unpainted.get(key) ?? useAnswers.getState().answers.find((answer) => answer.key === key);
  if (current === undefined) return;
  unpainted.set(key, next(current));
  frame ??= requestAnimationFrame(paint);
}

function paint(): void {
  if (frame !== null) cancelAnimationFrame(frame);
  frame = null;
  if (unpainted.size === 0) return;
  useAnswers.setState(({ answers }) => ({ answers: answers.map((answer) => unpainted.get(answer.key) ?? answer) }));
  unpainted.clear();
}
