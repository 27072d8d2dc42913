import type { Client } from "./connect.ts";

export type Options = Readonly<Record<string, string | boolean | undefined>>;

export interface Invocation {
  readonly client: Client;
  /** What stands after the command's own words. */
  readonly rest: readonly string[];
  readonly options: Options;
  readonly print: (text: string) => void;
  readonly signal: AbortSignal;
}

/** A number option; undefined when it was not given, NaN (which the contract refuses by name) when it is not a number. */
export function numberOption(options: Options, name: string): number | undefined {
  const value = options[name];
  return typeof value === "string" ? Number(value) : undefined;
}

export function textOption(options: Options, name: string): string | undefined {
  const value = options[name];
  return typeof value === "string" ? value : undefined;
}

/** The options that were given: what is undefined is left out, as the contract's optional fields want it. */
export function given<Value extends object>(value: Value): { [Key in keyof Value]: Exclude<Value[Key], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, part]) => part !== undefined)) as {
    [Key in keyof Value]: Exclude<Value[Key], undefined>;
  }; // keys are optional to the contract, which checks them again
}
