import { oc } from "@orpc/contract";
import { z } from "zod";

/** What every declared error carries: the field at fault where there is one, the value refused, and what to do. */
export const errorData = z.object({
  field: z.string().optional(),
  value: z.string().optional(),
  remedy: z.string(),
});
export type ErrorData = z.infer<typeof errorData>;

/** The start of every route: the closed set of errors a caller can meet. Anything else is a bug on our side. */
export const route = oc.errors({
  BAD_REQUEST: { status: 400, data: errorData },
  NOT_FOUND: { status: 404, data: errorData },
  CONFLICT: { status: 409, data: errorData },
  UNAVAILABLE: { status: 503, data: errorData },
  STORAGE: { status: 507, data: errorData },
});

export const failureCodes = ["BAD_REQUEST", "NOT_FOUND", "CONFLICT", "UNAVAILABLE", "STORAGE"] as const;
export type FailureCode = (typeof failureCodes)[number];
