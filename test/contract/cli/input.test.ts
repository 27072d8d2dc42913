import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { startBackend } from "../../kit/backend.ts";
import { entry } from "../../kit/built.ts";
import { ask } from "../../kit/rollouts.ts";
import { streamText } from "../../kit/servers/ollama-scripts.ts";
import { type OllamaServer, startOllamaServer } from "../../kit/servers/ollama-server.ts";
import { runCommand } from "../../kit/terminal.ts";
import { aTest } from "../../kit/actors.ts";

// Every command is a process of its own: a second each on an idle machine.
vi.setConfig({ testTimeout: 180_000 });

let directory: string;
let server: OllamaServer;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "taleward-cli-input-"));
  server = await startOllamaServer({ models: [{ name: "plain" }] });
});
afterEach(async () => {
  await server.close();
  await rm(directory, { recursive: true, force: true });
});

const bad = "The number of the card was 4111 1111 1111 1111, he said.";
const run = (args: readonly string[], input?: string | Uint8Array) =>
  runCommand(directory, args, input === undefined ? {} : { input });

test("guard checks what a pipe gives it, by - or without a word, and an empty text is bad input", async () => {
  for (const [args, input] of [
    [["guard"], `${bad}\n`],
    [["guard", "-"], bad],
    [["guard", "-"], Buffer.from(`\ufeff${bad}`, "utf16le")],
    [["guard", bad], ""],
  ] as const)
    expect(await run(args, input)).toMatchObject({ code: 3, stdout: expect.stringContaining("critical") });
  expect(await run(["guard"], "The lamp went out.\n")).toMatchObject({ code: 0, stdout: "Nothing found.\n" });
  for (const [args, input] of [
    [["guard"], ""],
    [["guard", "-"], " \n"],
    [["guard", ""], ""],
    [["generate"], ""],
  ] as const)
    expect(await run(args, input)).toMatchObject({
      code: 2,
      stdout: "",
      stderr: expect.stringContaining("is empty. Write"),
    });
});

test("a registry is exported to stdout by -, and read from stdin and from a file in UTF-16", async () => {
  const exported = await run(["models", "export", "-"]);
  expect(exported.code).toBe(0);
  expect(await readdir(directory)).not.toContain("-");
  expect(await readdir(".")).not.toContain("-");
  const file = join(directory, "registry.json");
  await writeFile(file, Buffer.from(`\ufeff${exported.stdout}`, "utf16le"));
  expect(await run(["models", "import", file])).toMatchObject({ code: 0 });
  expect(await run(["models", "import", "-"], exported.stdout)).toMatchObject({ code: 0 });
  expect(await run(["models", "import", "-"], Uint8Array.of(0x7b, 0xff, 0xff))).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("stdin is neither UTF-8 nor UTF-16"),
  });
});

test("columns keep their places beside wide characters, and rows beyond a page of the log can be had", async () => {
  const backend = await startBackend({ dataDirectory: directory });
  try {
    server.use(streamText("Ja."));
    await backend.services.registry.registerModel(
      {
        modelName: "plain",
        modelType: "self_hosted",
        provider: "ollama",
        version: "灯台",
        configuration: { endpoint: server.url },
        useCase: "story_generation",
      },
      aTest,
    );
    for (let calls = 0; calls < 205; calls += 5)
      await Promise.all([1, 2, 3, 4, 5].map(() => ask(backend, "story_generation")));
  } finally {
    await backend.close();
  }
  const { stdout } = await run(["models", "list"]);
  const [head = "", row = ""] = stdout.split("\n");
  // Each of the two signs takes two cells and is one character.
  expect(row.indexOf("ollama") + 2).toBe(head.indexOf("PROVIDER"));
  const all = await run(["logs", "list", "--limit", "204", "--json"]);
  expect(all.objects).toHaveLength(204);
  expect(new Set(all.objects.map(({ id }) => id)).size).toBe(204);
  expect(all.stderr).toContain("There are older rows: give a --limit above 204");
  expect((await run(["logs", "list", "--limit", "1000", "--json"])).objects).toHaveLength(205);
  expect(await run(["logs", "list", "--limit", "0"])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("--limit 0"),
  });
});

test("a check that finds a drift says so by its exit code", async () => {
  const name = "drifting:latest";
  server.shelf.put({ name, digest: "a".repeat(64) });
  const registering = ["models", "register", "--name", "drifting", "--provider", "ollama", "--version", "1"];
  expect(await run([...registering, "--endpoint", server.url])).toMatchObject({ code: 0 });
  expect(await run(["models", "drift", "--check"])).toMatchObject({ code: 0 });
  server.shelf.put({ name, digest: "b".repeat(64) });
  expect(await run(["models", "drift", "--check"])).toMatchObject({
    code: 4,
    stdout: expect.stringContaining("drifting@1"),
  });
});

test("the browser's host explains itself, and refuses an option that it does not know in words", () => {
  const headless = (...args: string[]) =>
    spawnSync(process.execPath, [fileURLToPath(entry("headless")), ...args], { encoding: "utf8" });
  expect(headless("--help")).toMatchObject({
    status: 0,
    stdout: expect.stringContaining("--data-dir FOLDER"),
    stderr: "",
  });
  const { status, stderr } = headless("--prot", "80");
  expect(status).toBe(2);
  expect(stderr).toContain("'--prot'");
  expect(stderr).not.toContain("    at ");
});
