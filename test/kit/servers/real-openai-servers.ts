import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { accessSync, constants } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { hasStarterFile, starterFile } from "./starter-file.ts";

/** A real server of OpenAI's API, of the tests' own, with one model. */
export interface RealOpenAIServer {
  readonly url: string;
  readonly modelName: string;
  /** What it asks for, if anything. */
  readonly key?: string;
  readonly countsNothing?: true;
  /** Ends it, with all that it started. */
  close(): Promise<void>;
}

const modelName = "smollm2:135m";
/** LiteLLM reads half a hundred megabytes of Python on its way up. */
const startMs = 120_000;

/** Why there are no real servers to test with, or null when there are. For the names of skipped tests. */
export function whyNoRealOpenAIServers(): string | null {
  try {
    accessSync(pythonOf("llama"), constants.X_OK);
    accessSync(join(folder(), "litellm", "bin", "litellm"), constants.X_OK);
  } catch {
    return "no servers; run .ci/get-openai-servers once, or name its folder in OPENAI_SERVERS";
  }
  return hasStarterFile ? null : "no starter model; set TALEWARD_STARTER_MODEL";
}

/** llama-cpp-python's server with the starter model. */
export async function startLlamaServer(): Promise<RealOpenAIServer> {
  const port = await freePort();
  const options = { model: starterFile, model_alias: modelName, host: "127.0.0.1", port, n_ctx: 2_048, n_threads: 1 };
  const words = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const child = start(pythonOf("llama"), ["-m", "llama_cpp.server", ...words], {});
  const server = await running(child, `http://127.0.0.1:${port}`, "/v1/models", () => Promise.resolve());
  return { ...server, countsNothing: true };
}

/** LiteLLM's proxy in front of another server. */
export async function startLiteLLM(behind: RealOpenAIServer): Promise<RealOpenAIServer> {
  const home = await mkdtemp(join(tmpdir(), "taleward-litellm-"));
  const config = join(home, "config.yaml");
  const parameters = { model: `openai/${behind.modelName}`, api_base: `${behind.url}/v1`, api_key: "none" };
  // JSON is YAML, too.
  await writeFile(
    config,
    JSON.stringify({
      model_list: [{ model_name: modelName, litellm_params: parameters }],
      // One refusal of the server behind it must not keep the next call away from it.
      router_settings: { num_retries: 0, allowed_fails: 1_000 },
    }),
  );
  const port = await freePort();
  const words = ["--config", config, "--host", "127.0.0.1", "--port", String(port)];
  // It would fetch its table of prices from the network at every start.
  const key = `sk-${randomBytes(16).toString("hex")}`;
  const own = { LITELLM_MASTER_KEY: key, LITELLM_LOCAL_MODEL_COST_MAP: "True", LITELLM_TELEMETRY: "False" };
  const child = start(join(folder(), "litellm", "bin", "litellm"), words, own);
  const removeHome = () => rm(home, { recursive: true });
  return { ...(await running(child, `http://127.0.0.1:${port}`, "/health/liveliness", removeHome)), key };
}

function folder(): string {
  const cache = process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache");
  return process.env["OPENAI_SERVERS"] || join(cache, "taleward-tools", "openai-servers");
}

function pythonOf(server: string): string {
  return join(folder(), server, "bin", "python");
}

function start(command: string, words: readonly string[], own: Readonly<Record<string, string>>): ChildProcess {
  // A group of its own: what it starts must end with it.
  return spawn(command, words, {
    detached: true,
    stdio: ["ignore", "ignore", "pipe"],
    env: { ...process.env, ...own },
  });
}

async function running(
  child: ChildProcess,
  url: string,
  probe: string,
  cleanUp: () => Promise<void>,
): Promise<RealOpenAIServer> {
  let complaint = "";
  child.stderr?.setEncoding("utf8").on("data", (part: string) => {
    complaint = (complaint + part).slice(-4_000);
  });
  const close = async () => {
    const ended = child.exitCode === null && child.signalCode === null ? once(child, "exit") : null;
    if (child.pid !== undefined && ended !== null) process.kill(-child.pid, "SIGKILL");
    await ended;
    await cleanUp();
  };
  const giveUpAt = performance.now() + startMs;
  for (;;) {
    if (child.exitCode !== null) throw new Error(`${url} ended at once:\n${complaint}`);
    if (performance.now() > giveUpAt) {
      await close();
      throw new Error(`${url} did not come up:\n${complaint}`);
    }
    const answer = await fetch(`${url}${probe}`).catch(() => null);
    await answer?.text();
    if (answer?.ok) return { url, modelName, close };
    await pause(100);
  }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  await once(probe, "close");
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}
