import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type OllamaServer, startOllamaServer } from "../../kit/servers/ollama-server.ts";
import { hasTerminals, runCommand, startCommand } from "../../kit/terminal.ts";

// Every command is a process that imports the backend: a second each on an idle machine.
vi.setConfig({ testTimeout: 180_000 });

let directory: string;
let server: OllamaServer;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "taleward-pull-"));
  server = await startOllamaServer({
    models: [],
    library: [
      { name: "quick:1b", layers: [4_000_000], stepBytes: 500_000, everyMs: 400 },
      { name: "slow:1b", layers: [4_000_000], stepBytes: 100_000, everyMs: 250 },
    ],
  });
});
afterEach(async () => {
  await server.close();
  await rm(directory, { recursive: true, force: true });
});

test("a pull tells each step and per cent on a line of its own where nobody watches, and the model is there", async () => {
  const ended = await runCommand(directory, ["models", "pull", "quick:1b", "--endpoint", server.url]);
  expect(ended).toMatchObject({ code: 0, stdout: `quick:1b is on ${server.url}.\n` });
  const percents = [...ended.stderr.matchAll(/ (\d+) % {2}/g)].map(([, percent]) => Number(percent));
  expect(percents.length).toBeGreaterThan(1);
  expect(percents).toEqual(percents.toSorted((a, b) => a - b));
  expect(ended.stderr).toMatch(/[\d.]+ [kM]B of 4\.0 MB/);
  expect(ended.stderr).not.toContain("\r");
  expect(server.shelf.find("quick:1b")).toBeDefined();
});

test.skipIf(!hasTerminals)("on a terminal the progress is one line that is drawn again", async () => {
  const args = ["models", "pull", "quick:1b", "--endpoint", server.url];
  const ended = await runCommand(directory, args, { onTerminal: true });
  expect(ended.code).toBe(0);
  const drawn = ended.stdout.split("\u001b[K").filter((line) => /^\r[^\n]*█+░* \d+ % /.test(line));
  expect(drawn.length).toBeGreaterThan(1);
  expect(ended.stdout).toContain(`quick:1b is on ${server.url}.`);
});

test("with --json every move is the job as it stands, and the last line its end", async () => {
  const { code, objects } = await runCommand(directory, [
    "models",
    "pull",
    "quick:1b",
    "--endpoint",
    server.url,
    "--json",
  ]);
  expect(code).toBe(0);
  expect(objects.slice(0, -1).every(({ state }) => state === "running")).toBe(true);
  expect(objects.at(-1)).toMatchObject({ kind: "pull", model: "quick:1b", state: "done", error: null });
});

test("Ctrl C cancels on the server, says what is kept, and pulling again resumes there", async () => {
  const pulling = startCommand(directory, ["models", "pull", "slow:1b", "--endpoint", server.url]);
  await pulling.shows(/ [1-9]\d? % {2}/);
  const ended = await pulling.interrupt();
  expect(ended).toMatchObject({ code: 1, stdout: "" });
  expect(ended.stderr).toMatch(/Cancelled\. What was fetched is kept on the server: pulling again resumes there\.\n$/);
  expect(server.shelf.find("slow:1b")).toBeUndefined();
  const again = startCommand(directory, ["models", "pull", "slow:1b", "--endpoint", server.url]);
  const [, first] = await again.shows(/ (\d+) % {2}/);
  expect(Number(first)).toBeGreaterThan(0);
  await again.interrupt();
});

test("a model that nobody has fails with the server's words; a server that is away with a remedy", async () => {
  expect(await runCommand(directory, ["models", "pull", "nothing:1b", "--endpoint", server.url])).toMatchObject({
    code: 1,
    stdout: "",
    stderr: expect.stringMatching(/\S/),
  });
  const away = await runCommand(directory, ["models", "pull", "quick:1b"]);
  expect(away.code).toBe(1);
  expect(away.stderr).toMatch(/127\.0\.0\.1:9/);
  expect(await runCommand(directory, ["models", "pull"])).toMatchObject({ code: 2 });
});
