import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Random } from "../../src/main/rollouts/simulation/random.ts";
import { startBackend } from "../kit/backend.ts";
import { streamText } from "../kit/servers/ollama-scripts.ts";
import { startOllamaServer } from "../kit/servers/ollama-server.ts";
import { type AfterKills, type Life, lookBack, type HostReport } from "./rollouts-look-back.ts";

const host = fileURLToPath(new URL("./rollouts-host.ts", import.meta.url));
const shortLifeMs = 900;
/** One life in four lasts longer than a pause of the plan, which can begin and end in it, by up to so much. */
const pauseMs = 1_000;
const longLifeMs = 3_000;
const story = "The keeper climbed the stairs. The map lay under the lamp. Below her the sea was quiet.";

/**
 * Kills a process that runs live rollouts with sessions and traffic, so many times, at seeded points; then looks at what the log and
 * the event logs say of every call, every session and every pause beside what was told before each kill.
 */
export async function killRollouts(kills: number, seed: number): Promise<AfterKills> {
  const random = new Random(seed);
  /** How often each call reached each model. */
  const reached = new Map<string, number>();
  const server = await startOllamaServer({ models: [{ name: "plain" }, { name: "poet" }] });
  server.use(({ body }) => {
    const marker = /call \d+-\d+-\d+/.exec(JSON.stringify(body["messages"]))?.[0] ?? "";
    const once = `${marker} by ${String(body["model"])}`;
    if (marker !== "") reached.set(once, (reached.get(once) ?? 0) + 1); // loading a model ahead is nobody's call
    return streamText(story, { everyMs: 1 });
  });
  const dataDirectory = await mkdtemp(join(tmpdir(), "taleward-rollouts-kill-"));
  const received: HostReport[] = [];
  const lives: Life[] = [];
  try {
    for (let round = 0; round < kills; round += 1) {
      const liveMs = round % 4 === 3 ? pauseMs + random.next() * longLifeMs : random.next() * shortLifeMs;
      lives.push(await liveAndDie({ dataDirectory, server: server.url, round, liveMs }, (line) => received.push(line)));
    }
    const backend = await startBackend({ dataDirectory });
    lives.push({ openedAtMs: Date.now(), killedAtMs: Number.POSITIVE_INFINITY });
    try {
      return await lookBack(backend, { received, reached, lives });
    } finally {
      await backend.close();
    }
  } finally {
    await server.close();
    await rm(dataDirectory, { recursive: true, force: true });
  }
}

async function liveAndDie(
  { dataDirectory, server, round, liveMs }: { dataDirectory: string; server: string; round: number; liveMs: number },
  received: (line: HostReport) => void,
): Promise<Life> {
  const child: ChildProcess = spawn(process.execPath, [host, dataDirectory, server, String(round)], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let errors = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (errors += text));
  const exited = once(child, "exit");
  if (!child.stdout) throw new Error("its stdout is a pipe");
  const lines = createInterface({ input: child.stdout });
  const opened = new Promise<number>((resolve, reject) => {
    lines.on("line", (line) => {
      const event: HostReport = JSON.parse(line);
      received(event);
      if (event.type === "open") resolve(event.atMs);
    });
    child.once("exit", (code) => reject(new Error(`the host ended with ${code}: ${errors}`)));
  });
  const closed = once(lines, "close");
  const openedAtMs = await opened;
  await sleep(liveMs);
  // A warning, such as of a slow query on a busy machine, is no complaint.
  const complaints = errors.split("\n").filter((line) => line !== "" && !line.startsWith('{"level":"warn"'));
  if (complaints.length > 0) throw new Error(`the host complained: ${complaints.join("\n")}`);
  const killedAtMs = Date.now();
  child.kill("SIGKILL");
  await exited;
  await closed;
  return { openedAtMs, killedAtMs };
}
