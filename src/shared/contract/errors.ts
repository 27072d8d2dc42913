import { oc } from "@orpc/contract";
import { z } from "zod";

/** What every declared error carries: the field at fault where there is one, the value refused, and what to do. */
export const errorData = z.object({
  field: z.string().optional(),
  value: z.string().optional(),
  remedy: z.string(),
});
export type ErrorData = z.infer<typeof errorData>;

/** The closed set of errors a caller can meet, each with its HTTP status. Anything else is a bug on our side. */
export const failureStatus = {
  BAD_REQUEST: 400,
  NOT_FOUND: 404,
  CONFLICT: 409,
  UNAVAILABLE: 503,
  STORAGE: 507,
} as const;
export type FailureCode = keyof typeof failureStatus;

const declared = (code: FailureCode) => ({ status: failureStatus[code], data: errorData });

/** The start of every route. */
export const route = oc.errors({
  BAD_REQUEST: declared("BAD_REQUEST"),
  NOT_FOUND: declared("NOT_FOUND"),
  CONFLICT: declared("CONFLICT"),
  UNAVAILABLE: declared("UNAVAILABLE"),
  STORAGE: declared("STORAGE"),
});
