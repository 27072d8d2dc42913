import { enableCompileCache } from "node:module";
import { parseArgs } from "node:util";
import { ORPCError } from "@orpc/client";
import { type Command, commands, usage } from "./cli/commands.ts";
import type { Terminal } from "./cli/invocation.ts";
import { commonOptions, optionsConfig } from "./cli/options.ts";
import { resolveDataDirectory } from "./host/data-directory.ts";
import { Failure } from "./base/failure.ts";
import { hostFiles } from "./host/host-files.ts";

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: optionsConfig });
  const command = commands.find(({ words }) => words.every((word, index) => positionals[index] === word));
  if (values.help || !command) {
    (values.help ? console.log : console.error)(usage);
    return values.help ? 0 : 2;
  }
  const rest = positionals.slice(command.words.length);
  refuseWhatIsNotTaken(command, values, rest);
  const dataDirectory = () => resolveDataDirectory(process.argv.slice(2), process.env, process.platform);
  const terminal: Terminal = {
    rest,
    options: values,
    json: values.json,
    print: (text) => void process.stdout.write(text),
    note: (text) => void process.stderr.write(text),
    installation: () => ({ dataDirectory: dataDirectory(), version: hostFiles(import.meta.url).version }),
    terminal: { stdout: process.stdout.isTTY, stderr: process.stderr.isTTY },
  };
  if ("runAlone" in command) return command.runAlone(terminal);
  const stop = new AbortController();
  // Ctrl C, a kill, or the terminal's window being closed.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => stop.abort());
  const directory = dataDirectory();
  // Imported after what needs no backend: help and errors of the input are printed at once. From the second time on it comes compiled.
  enableCompileCache();
  const { connect } = await import("./cli/connect.ts");
  const connection = await connect(hostFiles(import.meta.url), directory);
  try {
    return await command.run({
      ...terminal,
      client: connection.client,
      backend: connection.backend,
      signal: stop.signal,
    });
  } catch (error) {
    if (!stop.signal.aborted && connection.isListening()) throw error;
    console.error(stop.signal.aborted ? "Stopped." : "The Taleward that has this data open went away. Try again.");
    return 1;
  } finally {
    await connection.close();
  }
}

// Whoever reads may have enough: `taleward models list | head` ends quietly.
process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));

try {
  process.exitCode = await main();
} catch (error) {
  process.exitCode = report(error);
}

/** An option that would be passed over silently is more likely a mistake. */
function refuseWhatIsNotTaken(command: Command, values: object, rest: readonly string[]): void {
  const name = command.words.join(" ");
  const taken: readonly string[] = [...commonOptions, ...command.options];
  const refuse = (message: string, value: string) =>
    new Failure("BAD_REQUEST", message, { field: value, value, remedy: `Use it as: taleward ${command.usage}` });
  for (const option of Object.keys(values))
    if (!taken.includes(option)) throw refuse(`${name} takes no --${option}.`, `--${option}`);
  const [tooMany] = rest.slice(command.maxPositionals);
  if (tooMany !== undefined) throw refuse(`${name} does not know what to do with ${tooMany}.`, tooMany);
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
