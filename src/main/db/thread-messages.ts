import type { ErrorData, FailureCode } from "../../shared/contract/errors.ts";
import type { Writes } from "./catalog.ts";
import type { FileMark } from "./database-files.ts";

export interface WorkerRole {
  readonly directory: string;
  readonly role: "writer" | "reader";
}

export interface Operation<Name> {
  readonly name: Name;
  readonly input: unknown;
}

/** How an operation ended, in a form that survives the way between threads. */
export type Settled = (
  | { readonly ok: true; readonly value: unknown }
  | {
      readonly ok: false;
      readonly message: string;
      /** Null where it was no expected one, but a bug: where that is, its `stack` says. */
      readonly failure: { code: FailureCode; data: ErrorData } | null;
      readonly stack?: string;
    }
) & {
  /** How long it took, in milliseconds, where that was long enough to be logged. */
  readonly slowMs?: number;
};

/**
 * The requests to the writing thread, handled in order; each gets one list of results. `look` fails where somebody else has
 * changed the database's files, and `checkpointed` says what they are like since we have.
 */
export type WriterRequest =
  | "open"
  | "close"
  | "look"
  | { readonly checkpointed: FileMark }
  | readonly Operation<keyof Writes>[];
export type WriterReply = readonly Settled[];
