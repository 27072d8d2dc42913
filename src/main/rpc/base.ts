import { implement, type ImplementerInternalWithMiddlewares, ORPCError, ValidationError } from "@orpc/server";
import { type Contract, contract } from "../../shared/contract/contract.ts";
import { failureStatus, type ErrorData } from "../../shared/contract/errors.ts";
import type { z } from "zod";
import { issueText } from "../../shared/issue-text.ts";
import { Failure } from "../base/failure.ts";
import { log } from "../base/logger.ts";
import { noteActivity } from "../base/activity.ts";

/** Written out, since its inferred type is longer than a declaration may be. */
type Base = ImplementerInternalWithMiddlewares<Contract, Record<never, never>, Record<never, never>>;

/** What every route starts from: failures leave as the contract's typed errors, bugs are logged once and leave as 500. */
export const base: Base = implement(contract).use(async ({ next, path }) => {
  noteActivity(path.join("."));
  try {
    const result = await next();
    return isEventIterator(result.output) ? { ...result, output: await begun(result.output) } : result;
  } catch (error) {
    throw asContractError(error);
  }
});

/** Waits for the first event, so that a call that is refused before it began is refused as a call. */
async function begun<Events extends AsyncIterator<unknown>>(events: Events): Promise<Events> {
  const first = await events.next();
  async function* all() {
    try {
      for (let result = first; !result.done; result = await events.next()) yield result.value;
    } catch (error) {
      throw asContractError(error);
    } finally {
      await events.return?.();
    }
  }
  return all() as unknown as Events; // the same events by the same protocol
}

function isEventIterator(output: unknown): output is AsyncIterator<unknown> {
  return typeof output === "object" && output !== null && Symbol.asyncIterator in output;
}

/** The declared error for what was thrown; input that does not fit its schema becomes a BAD_REQUEST naming the field. */
export function asContractError(error: unknown): unknown {
  if (error instanceof Failure) {
    const { code, message, data } = error;
    return new ORPCError(code, { defined: true, status: failureStatus[code], message, data });
  }
  if (error instanceof ORPCError) {
    if (error.cause instanceof ValidationError && error.code === "BAD_REQUEST") return badInput(error.cause);
    if (error.code in failureStatus) return error;
  }
  if (error instanceof Error && error.name === "AbortError") return error;
  log.error("a bug in a route", error);
  return new ORPCError("INTERNAL_SERVER_ERROR", {
    message: `Something went wrong inside Taleward: ${error instanceof Error ? error.message : String(error)}`,
  });
}

function badInput({ issues, data: input }: ValidationError): ORPCError<"BAD_REQUEST", ErrorData> {
  // Every schema of the contract is zod's.
  const { field, value, message, remedy } = issueText(issues[0] as z.core.$ZodIssue | undefined, input);
  const data = { ...(field !== "" && { field }), value, remedy };
  return new ORPCError("BAD_REQUEST", { defined: true, message, data });
}
