import type { ErrorClass } from "../../shared/contract/inference.ts";

/**
 * An expected failure of a call, classed for what to do next, with a remedy in plain words: any room distinguishes it from a bug without
 * knowing which room threw it. `Failure` is its counterpart for whatever is no call.
 */
export abstract class ExpectedError extends Error {
  readonly errorClass: ErrorClass;
  readonly remedy: string;

  constructor(errorClass: ErrorClass, message: string, remedy: string, options?: ErrorOptions) {
    super(message, options);
    this.errorClass = errorClass;
    this.remedy = remedy;
  }
}
