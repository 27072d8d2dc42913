import type { Finding } from "../../shared/contract/guardrails.ts";
import type { Attempt, InferenceEvent, ToolCall } from "../../shared/contract/inference.ts";
import type { Refusal } from "./http/refusal.ts";

type Done = Extract<InferenceEvent, { type: "done" }>;
type BlockedAnswer = Extract<InferenceEvent, { type: "held" }>;

/** How an answer ended. */
export interface AnswerEnd {
  readonly done: Done;
  readonly held: BlockedAnswer | null;
}

/** A whole answer at once. */
export interface WholeAnswer extends AnswerEnd {
  readonly text: string;
  readonly thoughts: string;
  readonly toolCalls: readonly ToolCall[];
}

/** The format of one answer in one API: each method returns the bytes on the wire, line ends included. */
export interface AnswerFormat {
  /** Of a stream. */
  readonly contentType: string;
  text(text: string): string;
  thought(text: string): string;
  toolCall(call: ToolCall): string;
  end(end: AnswerEnd): string;
  /** The stream ends here because something went wrong. */
  failed(refusal: Refusal): string;
  /** The answer without a stream. */
  whole(answer: WholeAnswer): object;
}

/** What Taleward adds to the last message of an answer; programs that do not know it pass over it. */
export interface Extension {
  readonly inferenceId: string;
  /** What answered: for a use case, the version that it was assigned to or fell back to. */
  readonly model: string;
  readonly version: string;
  readonly held: { category: Finding["category"]; severity: Finding["severity"]; message: string } | null;
  /** The server cut the prompt to its context window. */
  readonly promptTruncated: boolean;
  /** How many of the oldest messages were left out, since the prompt was longer than the model's window; absent where none was. */
  readonly droppedMessages?: number;
  readonly attempts: Pick<Attempt, "model" | "version" | "outcome" | "errorClass" | "message" | "next">[];
}

export function extensionOf({ done, held }: AnswerEnd): Extension {
  return {
    inferenceId: done.inferenceId,
    model: done.model,
    version: done.version,
    held: held && blockedAnswerFrom(held),
    promptTruncated: done.promptTruncated,
    ...(done.droppedMessages === undefined ? {} : { droppedMessages: done.droppedMessages }),
    attempts: done.attempts.map(({ model, version, outcome, errorClass, message, next }) => ({
      model,
      version,
      outcome,
      errorClass,
      message,
      next,
    })),
  };
}

/** The finding as a header's value: JSON in ASCII. */
export function findingText(held: BlockedAnswer): string {
  return JSON.stringify(blockedAnswerFrom(held)).replaceAll(
    /[^ -~]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function blockedAnswerFrom({ finding, severity }: BlockedAnswer): NonNullable<Extension["held"]> {
  return { category: finding.category, severity, message: finding.message };
}
