import { parseArgs } from "node:util";
import { ORPCError } from "@orpc/client";
import { commands, usage } from "./cli/commands.ts";
import { connect } from "./cli/connect.ts";
import { resolveDataDirectory } from "./data-directory.ts";
import { Failure } from "./failure.ts";
import { hostFiles } from "./host-files.ts";

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      "data-dir": { type: "string" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
      "use-case": { type: "string" },
      seed: { type: "string" },
      "max-tokens": { type: "string" },
      temperature: { type: "string" },
      threads: { type: "string" },
      "version-id": { type: "string" },
      name: { type: "string" },
      provider: { type: "string" },
      type: { type: "string" },
      version: { type: "string" },
      endpoint: { type: "string" },
      file: { type: "string" },
      reason: { type: "string" },
      limit: { type: "string" },
    },
  });
  const command = commands.find(({ words }) => words.every((word, index) => positionals[index] === word));
  if (values.help || !command) {
    (values.help ? console.log : console.error)(usage);
    return values.help ? 0 : 2;
  }
  const stop = new AbortController();
  process.once("SIGINT", () => stop.abort());
  process.once("SIGTERM", () => stop.abort());
  const dataDirectory = resolveDataDirectory(process.argv.slice(2), process.env, process.platform);
  const connection = await connect(hostFiles(import.meta.url), dataDirectory);
  try {
    return await command.run({
      client: connection.client,
      rest: positionals.slice(command.words.length),
      options: values,
      print: (text) => void process.stdout.write(text),
      signal: stop.signal,
    });
  } finally {
    await connection.close();
  }
}

try {
  process.exitCode = await main();
} catch (error) {
  process.exitCode = report(error);
}

/** Says what went wrong and what to do; 2 for input that can be put right, 1 for the rest. */
function report(error: unknown): number {
  if (error instanceof Failure || error instanceof ORPCError) {
    const remedy = typeof error.data?.remedy === "string" ? ` ${error.data.remedy}` : "";
    console.error(`${error.message}${remedy}`);
    return error.code === "BAD_REQUEST" || error.code === "NOT_FOUND" ? 2 : 1;
  }
  if (error instanceof TypeError && "code" in error && String(error.code).startsWith("ERR_PARSE_ARGS")) {
    console.error(`${error.message}\n\n${usage}`);
    return 2;
  }
  console.error(error);
  return 1;
}
