import type { ErrorData, FailureCode } from "../../shared/contract/errors.ts";

/**
 * An expected failure: declared in the contract, with the field and value at fault where there are any, and a remedy.
 * Whatever else is thrown is a bug and is logged once at the boundary.
 */
export class Failure extends Error {
  override readonly name = "Failure";
  readonly code: FailureCode;
  readonly data: ErrorData;

  constructor(code: FailureCode, message: string, data: ErrorData, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.data = data;
  }
}

export function assertNever(value: never): never {
  throw new Error(`unexpected ${JSON.stringify(value)}`);
}
