import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { startBackend } from "../../kit/backend.ts";
import { startHeadless } from "../../kit/headless.ts";
import { assignOllama } from "../../kit/narrative.ts";
import { type OllamaServer, startOllamaServer } from "../../kit/servers/ollama-server.ts";
import { streamText } from "../../kit/servers/ollama-scripts.ts";
import { runCommand, startCommand } from "../../kit/terminal.ts";
import { transports } from "../../kit/transports.ts";

// Every command is a process that imports the backend: a second each on an idle machine.
vi.setConfig({ testTimeout: 180_000 });

const received = "The keeper climbed the stairs. The map lay under the lamp.";
let directory: string;
let server: OllamaServer;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "taleward-cli-gateway-"));
  server = await startOllamaServer({ script: streamText(received) });
});
afterEach(async () => {
  await server.close();
  await rm(directory, { recursive: true, force: true });
});

/** Asks a backend of its own, which has the directory only as long. */
async function inBackend<Result>(
  ask: (client: Awaited<ReturnType<(typeof transports)[0][1]>>["client"]) => Promise<Result>,
): Promise<Result> {
  const backend = await startBackend({ dataDirectory: directory });
  const { client, close } = await transports[0][1](backend.router);
  try {
    return await ask(client);
  } finally {
    await close();
    await backend.close();
  }
}

test("the gateway is open until Ctrl C, what it prints can be pasted, callers are shown, and then it is off again", async () => {
  await inBackend((client) => assignOllama(client, server.url));
  const open = startCommand(directory, ["gateway", "--port", "0"]);
  await open.shows(/Open until Ctrl C\./);
  const [text] = await open.shows(/^URL[\s\S]*\n\nOpenAI's API[\s\S]*curl [\s\S]*?\n\n/);
  const [, url = ""] = /^URL {2}(http:\/\/127\.0\.0\.1:\d+)$/m.exec(text) ?? [];
  const curls = [...text.matchAll(/^curl (?:.*\\\n)*.*$/gm)].map(([curl]) => curl);
  expect(curls).toHaveLength(2);
  for (const curl of curls) {
    const answered = await promisify(execFile)("sh", ["-c", curl.replace("curl ", "curl --silent --fail-with-body ")]);
    expect(answered.stdout).toContain("keeper");
  }
  await open.shows(/200 {2}POST {2}\/api\/chat {2}story_generation {2}\d+ ms {2}curl/);
  await open.shows(/200 {2}POST {2}\/v1\/chat\/completions {2}story_generation/);
  const ended = await open.interrupt();
  expect(ended.code).toBe(0);
  await expect(fetch(url)).rejects.toThrow();
  expect(await inBackend((client) => client.gateway.status())).toMatchObject({ enabled: false, url: null });
});

test.each(["SIGHUP", "SIGKILL"] as const)("a window that is closed (%s) leaves the door as it was", async (signal) => {
  const open = startCommand(directory, ["gateway", "--port", "0"]);
  await open.shows(/Open until Ctrl C\./);
  open.process.kill(signal);
  const ended = await open.ended;
  if (signal === "SIGHUP") expect(ended.code).toBe(0);
  // As a desktop that starts next finds it.
  expect(await inBackend((client) => client.gateway.status())).toMatchObject({ enabled: false, url: null });
});

test("with --json the first line is its status, then one line a call", async () => {
  await inBackend((client) => assignOllama(client, server.url));
  const open = startCommand(directory, ["gateway", "--port", "0", "--json"]);
  const [line] = await open.shows(/^\{.*\}$/m);
  const status = JSON.parse(line);
  expect(status).toMatchObject({ enabled: true, url: expect.any(String), key: expect.any(String), trouble: null });
  await fetch(`${status.url}/api/tags`, { headers: { authorization: `Bearer ${status.key}` } });
  await open.shows(/"path":"\/api\/tags"/);
  const ended = await open.interrupt();
  expect(ended.code).toBe(0);
  expect(ended.objects[1]).toMatchObject({ method: "GET", path: "/api/tags", status: 200 });
});

test("where Taleward is running on the data, it is switched on there and stays on", async () => {
  const host = await startHeadless(directory);
  try {
    const { client, close } = await host.connect();
    const ended = await runCommand(directory, ["gateway", "--port", "0"]);
    expect(ended.code).toBe(0);
    expect(ended.stderr).toMatch(/Taleward is running on this data/);
    const [, url = ""] = /^URL {2}(\S+)$/m.exec(ended.stdout) ?? [];
    expect(await client.gateway.status()).toMatchObject({ enabled: true, url });
    expect((await fetch(`${url}/api/tags`)).status).toBe(401);
    close();
  } finally {
    await host.stop();
  }
});

test("a port that is taken is said, with exit code 1, and the setting is as it was", async () => {
  const ended = await runCommand(directory, ["gateway", "--port", String(server.port)]);
  expect(ended.code).toBe(1);
  expect(ended.stderr).toContain(String(server.port));
  expect(await inBackend((client) => client.gateway.status())).toMatchObject({ enabled: false });
});

test("a port that is none exits with 2", async () => {
  expect(await runCommand(directory, ["gateway", "--port", "99999"])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("port"),
  });
});

test("one that was switched on for good stays so, at the port it had", async () => {
  const kept = await inBackend((client) => client.gateway.configure({ enabled: true, port: 0 }));
  expect(kept.url).not.toBeNull();
  const free = await freePort();
  const open = startCommand(directory, ["gateway", "--port", String(free)]);
  await open.shows(new RegExp(`^URL  http://127.0.0.1:${free}$`, "m"));
  expect((await open.interrupt()).code).toBe(0);
  expect(await inBackend((client) => client.gateway.status())).toMatchObject({ enabled: true, port: 0 });
});

async function freePort(): Promise<number> {
  const listener = createServer().listen(0, "127.0.0.1");
  await once(listener, "listening");
  const { port } = listener.address() as AddressInfo; // a listening TCP server's address is never a pipe's name
  listener.close();
  await once(listener, "close");
  return port;
}
