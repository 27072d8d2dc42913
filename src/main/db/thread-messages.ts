import type { ErrorData, FailureCode } from "../../shared/contract/errors.ts";
import type { Writes } from "./catalog.ts";

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
  | { readonly ok: false; readonly message: string; readonly failure: { code: FailureCode; data: ErrorData } | null }
) & {
  /** How long it took, in milliseconds, where that was long enough to be logged. */
  readonly slowMs?: number;
};

/** The requests to the writing thread, handled in order; each gets one list of results. */
export type WriterRequest = "open" | "close" | readonly Operation<keyof Writes>[];
export type WriterReply = readonly Settled[];
