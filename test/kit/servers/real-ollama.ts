import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { accessSync, constants, createReadStream } from "node:fs";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { basename, delimiter, join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setTimeout as pause } from "node:timers/promises";

/** A real Ollama server of the tests' own, with one model. */
export interface RealOllama {
  readonly url: string;
  readonly modelName: string;
  /** Ends the server and its model at once (SIGKILL), as a crash would. */
  kill(): Promise<void>;
  /** Halts the server and its model where they are (SIGSTOP), as they can be killed, too; `thaw` lets them go on. */
  freeze(): void;
  thaw(): void;
  /** Ends it if it runs, and starts it again on the same port with the same models. */
  restart(): Promise<void>;
  /** Ends it and removes its folder. Safe to call again, and after `kill`. */
  close(): Promise<void>;
}

const modelName = "smollm2:135m";
const startMs = 30_000;

/** Why there is no real Ollama to test with, or null when there is one. For the names of skipped tests. */
export function whyNoRealOllama(): string | null {
  if (ollamaBinary() === null) return "OLLAMA_BIN is not set and there is no ollama on PATH";
  if (process.env["TALEWARD_STARTER_MODEL"] === undefined) return "TALEWARD_STARTER_MODEL names no GGUF file";
  return null;
}

/**
 * Starts `ollama serve` (OLLAMA_BIN, else the one on PATH) on a free port with a model folder of its own, and creates
 * `smollm2:135m` there from the GGUF file that TALEWARD_STARTER_MODEL names. Null where either is missing. One server can
 * serve a whole run: call it in a global set-up, or in `beforeAll` of a file. `env` adds to or changes its settings.
 */
export async function startRealOllama(
  options: { readonly env?: Readonly<Record<string, string>> } = {},
): Promise<RealOllama | null> {
  const binary = ollamaBinary();
  const weights = process.env["TALEWARD_STARTER_MODEL"];
  if (binary === null || weights === undefined) return null;
  const home = await mkdtemp(join(tmpdir(), "taleward-ollama-"));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const env = {
    ...process.env,
    HOME: home,
    OLLAMA_HOST: `127.0.0.1:${port}`,
    OLLAMA_MODELS: join(home, "models"),
    OLLAMA_NOPRUNE: "1",
    OLLAMA_NO_CLOUD: "1",
    ...options.env,
  };
  let server = serve(binary, env);
  const endNow = (): void => endGroup(server);
  process.once("exit", endNow);
  const kill = async (): Promise<void> => {
    if (server.exitCode !== null || server.signalCode !== null) return;
    const exited = once(server, "exit");
    endGroup(server);
    await exited;
  };
  const close = async (): Promise<void> => {
    await kill();
    process.off("exit", endNow);
    await rm(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  };
  const restart = async (): Promise<void> => {
    await kill();
    server = serve(binary, env);
    await untilUp(url, server, lastLines(server));
  };
  try {
    await untilUp(url, server, lastLines(server));
    await createModel(url, weights);
  } catch (error) {
    await close();
    throw error;
  }
  const signal = (name: "SIGSTOP" | "SIGCONT"): void => {
    if (server.pid !== undefined) process.kill(-server.pid, name);
  };
  return { url, modelName, kill, restart, close, freeze: () => signal("SIGSTOP"), thaw: () => signal("SIGCONT") };
}

function serve(binary: string, env: NodeJS.ProcessEnv): ChildProcess {
  // A group of its own: the model runs in a child process that must end with the server.
  return spawn(binary, ["serve"], { detached: true, stdio: ["ignore", "ignore", "pipe"], env });
}

/** The binary the environment names, or the first `ollama` on PATH. */
function ollamaBinary(): string | null {
  const named = process.env["OLLAMA_BIN"];
  if (named !== undefined && named !== "") return named;
  for (const folder of (process.env["PATH"] ?? "").split(delimiter)) {
    const candidate = join(folder, process.platform === "win32" ? "ollama.exe" : "ollama");
    try {
      accessSync(candidate, constants.X_OK);
      return candidate;
    } catch {
      continue;
    }
  }
  return null;
}

/** Uploads the weights as a blob and makes a model of them: what `ollama create` does. */
async function createModel(url: string, weights: string): Promise<void> {
  const digest = `sha256:${await sha256(weights)}`;
  // Node's own web stream lacks the DOM's newest methods, and DOM types lack `duplex`, which Node's fetch demands.
  const upload = await fetch(`${url}/api/blobs/${digest}`, {
    method: "POST",
    body: Readable.toWeb(createReadStream(weights)) as ReadableStream,
    headers: { "content-length": String((await stat(weights)).size) },
    duplex: "half",
  } as RequestInit);
  if (!upload.ok) throw new Error(`Ollama refused ${weights}: ${upload.status} ${await upload.text()}`);
  const created = await fetch(`${url}/api/create`, {
    method: "POST",
    // One thread: with two on two busy cores generation falls to a tenth.
    body: JSON.stringify({
      model: modelName,
      files: { [basename(weights)]: digest },
      parameters: { num_thread: 1 },
      stream: false,
    }),
  });
  const answer = await created.text();
  if (!created.ok || !answer.includes("success")) throw new Error(`Ollama could not create ${modelName}: ${answer}`);
}

async function untilUp(url: string, server: ChildProcess, reply: () => string): Promise<void> {
  const startedAt = performance.now();
  for (;;) {
    if (server.exitCode !== null) throw new Error(`ollama serve ended at once:\n${reply()}`);
    if (performance.now() - startedAt > startMs) throw new Error(`ollama serve did not come up:\n${reply()}`);
    try {
      const answer = await fetch(`${url}/api/version`);
      await answer.text();
      if (answer.ok) return;
    } catch {
      // Not listening yet.
    }
    await pause(50);
  }
}

function endGroup(server: ChildProcess): void {
  if (server.pid === undefined) return;
  try {
    process.kill(-server.pid, "SIGKILL");
  } catch {
    // The group has ended already.
  }
}

/** Keeps the end of what a process says on stderr, for when it fails. */
function lastLines(child: ChildProcess): () => string {
  let text = "";
  child.stderr?.setEncoding("utf8").on("data", (part: string) => {
    text = (text + part).slice(-4_000);
  });
  return () => text;
}

async function sha256(file: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file), hash);
  return hash.digest("hex");
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
