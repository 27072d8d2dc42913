import { enableCompileCache } from "node:module";
import { parseArgs } from "node:util";
import { hostFiles } from "./host/host-files.ts";
import { resolveDataDirectory } from "./host/data-directory.ts";
import { drillMs } from "./host/drill-option.ts";
import { Failure } from "./base/failure.ts";
import { passOnLink } from "./headless/instance.ts";

const usage = [
  "Usage: headless [--data-dir FOLDER] [--port N] [--new-session] [--drill registry[:SECONDS]] [--test]",
  "",
  "Serves the workbench to a browser on this machine and prints the link that opens it; Ctrl C ends it.",
  "  --data-dir FOLDER  where stories, models and the log are kept (TALEWARD_HOME, else the system's place for them)",
  "  --port N           from 1 to 65535; any free one where it is left out",
  "  --new-session      browsers that were let in before have to open the new link",
  "  --drill registry   rehearses an outage: the registry is unreadable for five minutes, or for 90 s by registry:90",
  "  --test             what screens show is not animated, and messages stay until they are read",
].join("\n");

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      "data-dir": { type: "string" },
      port: { type: "string", default: "0" },
      drill: { type: "string" },
      test: { type: "boolean", default: false },
      "new-session": { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return console.log(usage);
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new Failure("BAD_REQUEST", `--port ${values.port} is not a port.`, {
      field: "--port",
      value: values.port,
      remedy: "Give a number from 1 to 65535, or leave it out for any free port.",
    });
  const drill = drillMs(values.drill);
  const dataDirectory = resolveDataDirectory(process.argv.slice(2), process.env, process.platform);
  try {
    // The backend is most of what is compiled at a start; from the second on it comes out of Node's cache.
    enableCompileCache();
    const { serveHeadless } = await import("./headless/serve.ts");
    const served = await serveHeadless({
      ...hostFiles(import.meta.url),
      dataDirectory,
      port,
      drillMs: drill,
      newSession: values["new-session"],
      test: values.test,
    });
    console.log(`Taleward is open at ${served.link}`);
    const stop = () => void served.close().then(() => process.exit(0));
    process.once("SIGINT", stop);
    process.once("SIGTERM", stop);
    await served.started;
  } catch (error) {
    const link = error instanceof Failure && error.code === "CONFLICT" ? await passOnLink(dataDirectory) : null;
    if (link === null) throw error;
    console.log(`Taleward is already running on ${dataDirectory}.\nTaleward is open at ${link}`);
  }
}

main().catch((error: unknown) => {
  const isUsage = error instanceof TypeError && "code" in error && String(error.code).startsWith("ERR_PARSE_ARGS");
  if (isUsage) console.error(`${error.message}\n\n${usage}`);
  else console.error(error instanceof Failure ? `${error.message} ${error.data.remedy}` : error);
  const code = isUsage || (error instanceof Failure && error.code === "BAD_REQUEST") ? 2 : 1;
  process.exitCode = code;
  setTimeout(() => process.exit(code), 500).unref();
});
