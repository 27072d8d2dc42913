import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { startBackend } from "../../kit/backend.ts";
import { startHeadless } from "../../kit/headless.ts";
import { type OllamaServer, startOllamaServer } from "../../kit/servers/ollama-server.ts";
import { stall, status, streamText } from "../../kit/servers/ollama-scripts.ts";
import { runCommand, startCommand } from "../../kit/terminal.ts";
import { transports } from "../../kit/transports.ts";

// Every command is a process that imports the backend: a second each on an idle machine.
vi.setConfig({ testTimeout: 180_000 });

let directory: string;
let server: OllamaServer;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "taleward-cli-suites-"));
  server = await startOllamaServer({ models: [{ name: "plain" }, { name: "poet" }] });
  server.use(({ body }) => streamText(body["model"] === "poet" ? "Roses are red." : "A map lay under the lamp."));
  const backend = await startBackend({ dataDirectory: directory });
  const { client, close } = await transports[0][1](backend.router);
  for (const model of ["plain", "poet"])
    await client.registry.registerModel({
      modelName: model,
      provider: "ollama",
      version: "1",
      configuration: { endpoint: server.url },
    });
  const suite = await client.suites.create({ name: "Maps" });
  for (const name of ["one", "two"])
    await client.suites.addCase({
      suiteId: suite.id,
      name,
      messages: [{ role: "user", content: `Tell of ${name}` }],
      assertions: [{ type: "contains", text: "map" }],
    });
  await client.suites.create({ name: "Empty" });
  await client.suites.create({ name: "Twice" });
  await client.suites.create({ name: "Twice" });
  await close();
  await backend.close();
});
afterEach(async () => {
  await server.close();
  await rm(directory, { recursive: true, force: true });
});

const run = (...args: string[]) => runCommand(directory, ["test", "run", ...args]);

test("a suite is run by name over versions by name: results as they come, then how each version did", async () => {
  const passed = await run("Maps", "--versions", "plain@1");
  expect(passed.code).toBe(0);
  expect(passed.stdout).toMatch(/^passed +plain@1 {2}one, \d+ ms\npassed +plain@1 {2}two, \d+ ms\n\n/);
  expect(passed.stdout).toMatch(
    /VERSION +PASSED +FAILED +ERRORS +ANSWER P50 +SPEED P50\nplain@1 +2 +0 +0 +\d+ ms +[\d.,]+ tokens\/s\n$/,
  );
  const listed = await runCommand(directory, ["test", "list"]);
  expect(listed.stdout).toMatch(/Maps +2 +\d{4}-\d\d-\d\d \d\d:\d\d:\d\d +2 +0 +[0-9a-f-]{36}\n/);
  expect((await runCommand(directory, ["test", "list", "--json"])).objects.map(({ name }) => name)).toEqual([
    "Empty",
    "Maps",
    "Twice",
    "Twice",
  ]);
});

test("a failed case exits with 4 and says what was found; with --json each result, then the run", async () => {
  const failed = await run("Maps", "--versions", "plain@1,poet@1");
  expect(failed.code).toBe(4);
  expect(failed.stdout).toMatch(/failed +poet@1 {2}one, \d+ ms\n +contains: The answer does not contain “map”\.\n/);
  const { code, objects } = await run("Maps", "--versions", "plain", "--versions", "poet", "--json");
  expect(code).toBe(4);
  expect(objects.map(({ type }) => type)).toEqual(["result", "result", "result", "result", "run"]);
  expect(objects.at(-1)).toMatchObject({
    type: "run",
    suiteName: "Maps",
    state: "finished",
    versions: [
      { model: "plain", passed: 2, failed: 0, errors: 0 },
      { model: "poet", passed: 0, failed: 2, errors: 0 },
    ],
  });
});

test("a call that cannot be made exits with 1, not as a case that failed", async () => {
  server.use(status(400, { error: "no such option" }));
  const ended = await run("Maps", "--versions", "plain@1");
  expect(ended.code).toBe(1);
  expect(ended.stdout).toMatch(/error +plain@1 {2}one\n +.*no such option/);
});

test("Ctrl C stops the calls, and says how many results are missing", async () => {
  server.use(({ body }) => (JSON.stringify(body).includes("Tell of two") ? stall("A map") : streamText("A map.")));
  const running = startCommand(directory, ["test", "run", "Maps", "--versions", "plain@1"]);
  await running.shows(/passed +plain@1 {2}one/);
  await expect.poll(() => server.requests.length, { timeout: 60_000 }).toBe(2);
  const ended = await running.interrupt();
  expect(ended.code).toBe(1);
  expect(ended.stderr).toContain("The run was cancelled: 1 result missing.");
  expect(await server.requests.at(-1)?.ended).toBe("left");
});

test.each([
  [["Maps"], /--versions is missing/, 2],
  [["Nothing", "--versions", "plain@1"], /no test suite Nothing\. There is Empty, Maps/, 2],
  [["Twice", "--versions", "plain@1"], /2 suites are called Twice\. .* [0-9a-f-]{36} or [0-9a-f-]{36}/, 2],
  [["Maps", "--versions", "nobody@1"], /nobody/, 2],
  [["Maps", "--versions", "plain@1,plain@1"], /named twice/, 2],
  [["Empty", "--versions", "plain@1"], /The suite Empty has no cases\. Add a case/, 1],
])("test run %j is refused in words", async (args, message, code) => {
  const ended = await run(...args);
  expect(ended.stderr).toMatch(message);
  expect(ended).toMatchObject({ code, stdout: "" });
});

test("where a running Taleward has the data, it runs there; when that one goes away, the terminal says so", async () => {
  const host = await startHeadless(directory);
  const there = await run("Maps", "--versions", "plain@1");
  expect(there).toMatchObject({ code: 0, stderr: "" });
  server.use(stall("A map"));
  const running = startCommand(directory, ["test", "run", "Maps", "--versions", "plain@1"]);
  const before = server.requests.length;
  await expect.poll(() => server.requests.length, { timeout: 60_000 }).toBe(before + 1);
  await host.kill();
  const ended = await running.ended;
  expect(ended.code).toBe(1);
  expect(ended.stderr).toMatch(/^The Taleward that has this data open went away\. .*\n$/);
});
