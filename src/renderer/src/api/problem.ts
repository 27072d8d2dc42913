import { ORPCError } from "@orpc/client";
import type { FailureCode } from "../../../shared/contract/errors.ts";
import { useConnection } from "./connection-state.ts";

/** A failure as a person reads it: what happened, what to do, and the field at fault where there is one. */
export interface Problem {
  readonly code: FailureCode | "CONNECTION" | "UNKNOWN";
  readonly message: string;
  readonly remedy: string;
  readonly field: string | null;
}

/** Turns whatever a call threw into words; never throws itself. */
export function toProblem(error: unknown): Problem {
  if (error instanceof ORPCError) {
    const data: unknown = error.data;
    const declared = error.defined && typeof data === "object" && data !== null;
    return {
      // A declared error's code is one of the contract's closed set.
      code: declared ? (error.code as FailureCode) : "UNKNOWN",
      message: declared ? error.message : "Something went wrong on Taleward's side.",
      remedy: (declared ? text(data, "remedy") : null) ?? "Try again. If it stays, look at the log of the backend.",
      field: declared ? text(data, "field") : null,
    };
  }
  if (useConnection.getState().state !== "open") {
    return {
      code: "CONNECTION",
      message: "Taleward's backend went away.",
      remedy: "It is being looked for. Try again once it is back.",
      field: null,
    };
  }
  return {
    code: "UNKNOWN",
    message: error instanceof Error && error.message !== "" ? error.message : "Something went wrong.",
    remedy: "Try again.",
    field: null,
  };
}

/** Whether a call ended because this page cancelled it. */
export function isCancelled(error: unknown, signal: AbortSignal): boolean {
  return signal.aborted || (error instanceof DOMException && error.name === "AbortError");
}

function text(data: object, key: string): string | null {
  const value: unknown = Reflect.get(data, key);
  return typeof value === "string" && value !== "" ? value : null;
}
