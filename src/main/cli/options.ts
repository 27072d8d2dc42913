import type { ParseArgsOptionsConfig } from "node:util";

/** Every option of every command; each command names those it takes. */
export const optionsConfig = {
  "data-dir": { type: "string" },
  json: { type: "boolean", default: false },
  help: { type: "boolean", short: "h", default: false },
  accept: { type: "string" },
  as: { type: "string" },
  check: { type: "boolean" },
  context: { type: "string" },
  shape: { type: "string" },
  deadlines: { type: "string" },
  endpoint: { type: "string" },
  fallbacks: { type: "string", multiple: true },
  file: { type: "string" },
  fully: { type: "boolean" },
  limit: { type: "string" },
  "max-tokens": { type: "string" },
  name: { type: "string" },
  note: { type: "string" },
  options: { type: "string" },
  plan: { type: "string" },
  prediction: { type: "string" },
  port: { type: "string" },
  provider: { type: "string" },
  reason: { type: "string" },
  replica: { type: "string", multiple: true },
  runs: { type: "string" },
  seed: { type: "string" },
  "server-model": { type: "string" },
  status: { type: "string" },
  supersede: { type: "boolean" },
  tag: { type: "string", multiple: true },
  temperature: { type: "string" },
  text: { type: "string" },
  threads: { type: "string" },
  to: { type: "string" },
  type: { type: "string" },
  "use-case": { type: "string" },
  version: { type: "string" },
  "version-id": { type: "string" },
  versions: { type: "string", multiple: true },
} as const satisfies ParseArgsOptionsConfig;

export type OptionName = keyof typeof optionsConfig;
export type Options = Readonly<Partial<Record<OptionName, string | boolean | readonly string[]>>>;

/** Taken by every command. */
export const commonOptions: readonly OptionName[] = ["data-dir", "json", "help"];
