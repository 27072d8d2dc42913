import { randomUUID } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { versionId } from "../../../src/shared/contract/ids.ts";
import type { RegistryDocument } from "../../../src/shared/contract/registry.ts";
import { startBackend } from "../../kit/backend.ts";
import { collect } from "../../kit/narrative.ts";
import { type OllamaServer, startOllamaServer } from "../../kit/servers/ollama-server.ts";
import { streamText } from "../../kit/servers/ollama-scripts.ts";
import { type Ended, hasTerminals, runCommand } from "../../kit/terminal.ts";
import { transports } from "../../kit/transports.ts";

// Every command is a process that imports the backend: a second each on an idle machine.
vi.setConfig({ testTimeout: 180_000 });

const received = "The keeper climbed the stairs. The map lay under the lamp.";
const digests = { before: "a".repeat(64), after: "b".repeat(64) };

let directory: string;
let server: OllamaServer;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "taleward-cli-"));
  server = await startOllamaServer({
    models: [
      { name: "smollm2:135m", digest: digests.before },
      { name: "llama:8b", digest: "c".repeat(64) },
    ],
    script: streamText(received),
  });
});
afterEach(async () => {
  await server.close();
  await rm(directory, { recursive: true, force: true });
});

const taleward = (...args: string[]): Promise<Ended> => runCommand(directory, args);

async function succeeds(...args: string[]): Promise<Ended> {
  const ended = await taleward(...args);
  expect({ args, ...ended }).toMatchObject({ code: 0 });
  return ended;
}

const registerAs = (name: string, version: string, endpoint: string, ...more: string[]) => {
  const labels = ["--name", name, "--provider", "ollama", "--version", version];
  return succeeds("models", "register", ...labels, "--endpoint", endpoint, ...more);
};

const register = (version: string, ...more: string[]) =>
  registerAs("smol", version, server.url, "--server-model", "smollm2:135m", ...more);

const registering = (...more: string[]) => [
  ..."models register --name x --provider ollama --version 1".split(" "),
  ...more,
];

test("versions are registered with everything a flag can say, listed in columns, filtered, and shown by name", async () => {
  const registered = await register(
    "1.0",
    "--tag",
    "fast,small",
    "--tag",
    "draft",
    "--note",
    "For dialogue",
    "--context",
    "2048",
    "--shape",
    "none",
    "--json",
  );
  expect(registered.objects).toEqual([
    expect.objectContaining({
      model: "smol",
      version: "1.0",
      tags: ["draft", "fast", "small"],
      note: "For dialogue",
      digest: `sha256:${digests.before}`,
      configuration: { endpoint: server.url, serverModel: "smollm2:135m", contextTokens: 2048, shape: "none" },
    }),
  ]);
  const second = await register("2.0", "--use-case", "story_generation");
  expect(second.stdout).toMatch(
    /^Registered smol@2\.0 as [0-9a-f-]{36}\. Pinned to sha256:a{64}\. It answers story_generation now\.\n$/,
  );

  const listed = await succeeds("models", "list");
  const [head = "", ...rows] = listed.stdout.trimEnd().split("\n");
  expect(head.split(/ {2,}/)).toEqual(["VERSION", "PROVIDER", "STATUS", "ANSWERS", "TAGS", "DIGEST", "REGISTERED"]);
  expect(rows.map((row) => row.split(/ {2,}/).slice(0, 6))).toEqual([
    ["smol@2.0", "ollama", "active", "story_generation", "-", "aaaaaaaaaaaa"],
    ["smol@1.0", "ollama", "registered", "-", "draft, fast, small", "aaaaaaaaaaaa"],
  ]);
  // Columns are aligned: every row has its provider where the heading is.
  expect(rows.map((row) => row.indexOf("ollama"))).toEqual(rows.map(() => head.indexOf("PROVIDER")));

  const names = async (...filter: string[]) =>
    (await succeeds("models", "list", "--json", ...filter)).objects.map(({ version }) => version);
  expect(await names()).toEqual(["2.0", "1.0"]);
  expect(await names("--tag", "fast")).toEqual(["1.0"]);
  expect(await names("--status", "active")).toEqual(["2.0"]);
  expect(await names("--text", "dialogue")).toEqual(["1.0"]);
  expect(await names("--provider", "embedded")).toEqual([]);
  expect((await succeeds("models", "list", "--provider", "embedded")).stderr).toBe("No version fits these filters.\n");

  const shown = await succeeds("models", "show", "smol@1.0");
  expect(shown.stdout).toMatch(/^smol@1\.0\n/);
  expect(shown.stdout).toMatch(/Context tokens +2048\n/);
  expect(shown.stdout).toContain(`sha256:${digests.before}`);
  expect(shown.stdout).toMatch(/Last 24 hours\n +Calls +none\n/);
  expect(shown.stdout).toMatch(/On the server\n +Size +[\d.,]+ [kMG]B\n/);
  const object = (await succeeds("models", "show", String(registered.objects[0]?.["id"]), "--json")).objects[0];
  expect(object).toMatchObject({
    version: { model: "smol", version: "1.0" },
    lastDay: null,
    source: { type: "server", details: { name: expect.stringContaining("smollm2") } },
  });
});

test("a version is registered with further addresses, options, threads and deadlines, and shown with them", async () => {
  const [version] = (
    await register(
      "1.0",
      ..."--replica http://127.0.0.1:9 --replica http://127.0.0.1:7/a,b --threads 3 --json".split(" "),
      "--options",
      '{"temperature": 0.7, "stop": ["\\n"]}',
      "--deadlines",
      '{"firstTokenMs": 30000}',
    )
  ).objects;
  expect(version).toMatchObject({
    configuration: {
      endpoint: server.url,
      replicas: ["http://127.0.0.1:9", "http://127.0.0.1:7/a,b"],
      options: { temperature: 0.7, stop: ["\n"], threads: 3 },
      deadlines: { firstTokenMs: 30_000 },
    },
  });
  const shown = (await succeeds("models", "show", "smol")).stdout;
  for (const part of ["http://127.0.0.1:9", '"threads":3', '"firstTokenMs":30000']) expect(shown).toContain(part);
});

test("a version whose server is away, or has no such model, is registered with a word that it is not pinned yet, and shown so", async () => {
  const mistyped = await registerAs("lama", "1", server.url);
  expect(mistyped.stdout).toMatch(
    new RegExp(
      `as [0-9a-f-]{36}\\. Not pinned yet: ${server.url} answers, but has no model named lama\\. Pull it there`,
    ),
  );
  await server.refuse();
  const away = await register("1.0", "--json");
  expect(away.objects[0]).toMatchObject({ digest: null });
  expect(away.stderr).toMatch(/^Not pinned yet: \S+ cannot be reached\./);
  expect((await succeeds("models", "show", "smol")).stdout).toMatch(/Digest +Not pinned yet: \S+ cannot be reached\./);
  await server.listen();
  expect((await succeeds("models", "show", "smol")).stdout).toContain(`sha256:${digests.before}`);
});

test("a version is shown with how it was judged, by persons and by suites", async () => {
  await register("1.0", "--use-case", "story_generation");
  expect((await succeeds("models", "show", "smol")).stdout).toMatch(
    /How it was judged\n +Rated +not yet\n +Test suites +none run yet\n/,
  );
  const backend = await startBackend({ dataDirectory: directory });
  const { client, close } = await transports[0][1](backend.router);
  try {
    const version = await client.registry.find({ name: "smol" });
    const suite = await client.suites.create({ name: "Maps" });
    for (const text of ["keeper", "dragon"])
      await client.suites.addCase({
        suiteId: suite.id,
        name: text,
        messages: [{ role: "user", content: "A map" }],
        assertions: [{ type: "contains", text }],
      });
    await collect(await client.suites.run({ suiteId: suite.id, versionIds: [version.id] }));
    const { items } = await client.logs.list({});
    for (const [index, { id }] of items.entries()) await client.logs.rate({ inferenceId: id, stars: 4 + index });
  } finally {
    await close();
    await backend.close();
  }
  expect((await succeeds("models", "show", "smol")).stdout).toMatch(
    /How it was judged\n +Rated +4\.5 of 5, by 2 ratings\n +Maps +1 of 2 cases passed, \d{4}-\d\d-\d\d \d\d:\d\d:\d\d\n/,
  );
  expect((await succeeds("models", "show", "smol", "--json")).objects[0]).toMatchObject({
    pinning: { state: "pinned" },
    judgements: { ratings: { mean: 4.5 }, suites: [{ suiteName: "Maps", passed: 1, cases: 2 }] },
  });
});

test("a version is shown although its server is away, with why nothing is known of it there", async () => {
  await register("1.0", "--use-case", "story_generation");
  await succeeds("generate", "A map");
  await server.close();
  const shown = await succeeds("models", "show", "smol");
  expect(shown.stdout).toMatch(/Calls +1, 0 failed, 0 with findings, 0 held back\n/);
  expect(shown.stdout).toMatch(/On the server\n +Unknown +\S/);
});

test("assignments are made by name with fallbacks, told with their history, and undone", async () => {
  await register("1.0");
  await register("2.0");
  const first = await succeeds("models", "assign", "story_generation", "smol@1.0", "--reason", "It rhymes");
  expect(first.stdout).toBe("story_generation is now answered by smol@1.0.\n");
  const second = await succeeds(
    "models",
    "assign",
    "--use-case",
    "story_generation",
    "smol@2.0",
    "--fallbacks",
    "smol@1.0",
  );
  expect(second.stdout).toBe("story_generation is now answered by smol@2.0, then by smol@1.0.\n");

  const history = await succeeds("models", "history", "story_generation");
  const rows = history.stdout
    .trimEnd()
    .split("\n")
    .map((row) => row.split(/ {2,}/));
  expect(rows[0]).toEqual(["FROM", "UNTIL", "VERSION", "FALLBACKS", "BY", "REASON", "ASSIGNMENT"]);
  expect(rows.slice(1).map((row) => [row[1] === "now", ...row.slice(2, 4), row[5]])).toEqual([
    [true, "smol@2.0", "smol@1.0", "-"],
    [false, "smol@1.0", "-", "It rhymes"],
  ]);

  const undone = await succeeds("models", "undo", "story_generation", "--reason", "Too slow");
  expect(undone.stdout).toBe("story_generation is answered by smol@1.0 again.\n");
  const all = (await succeeds("models", "history", "story_generation", "--json")).objects;
  expect(all.map(({ version, reason }) => [version, reason])).toEqual([
    ["1.0", "Too slow"],
    ["2.0", null],
    ["1.0", "It rhymes"],
  ]);
  const back = await succeeds("models", "undo", "story_generation", "--to", String(all[1]?.["id"]), "--json");
  expect(back.objects).toMatchObject([{ version: "2.0", fallbacks: [{ version: "1.0" }] }]);
});

test("drift is found when it is asked for, and accepted as a new version that takes over", async () => {
  await register("1.0", "--use-case", "story_generation");
  expect((await succeeds("models", "drift", "--check")).stdout).toBe(
    "Every pinned version is what it was registered as.\n",
  );
  server.shelf.put({ name: "smollm2:135m", digest: digests.after });
  const found = await taleward("models", "drift", "--check");
  expect(found.code).toBe(4);
  expect(found.stdout).toMatch(/smol@1\.0 +story_generation +aaaaaaaaaaaa +bbbbbbbbbbbb/);
  expect((await succeeds("models", "drift", "--json")).objects).toMatchObject([
    { model: "smol", version: "1.0", drift: { foundDigest: `sha256:${digests.after}` } },
  ]);
  const accepted = await succeeds(
    "models",
    "drift",
    "--accept",
    "smol@1.0",
    "--as",
    "1.1",
    "--reason",
    "Newer weights",
  );
  expect(accepted.stdout).toBe("Registered what the server has now as smol@1.1. It answers story_generation now.\n");
});

test("the registry leaves as a file and comes back whole in another data directory", async () => {
  await register("1.0", "--use-case", "story_generation", "--tag", "fast");
  const file = join(directory, "registry.json");
  const exported = await succeeds("models", "export", file);
  expect(exported.stdout).toMatch(/^Wrote 1 model, 1 version, 5 use cases, 1 assignment to /);
  const other = await mkdtemp(join(tmpdir(), "taleward-cli-"));
  try {
    const imported = await runCommand(other, ["models", "import", file]);
    expect(imported).toMatchObject({ code: 0, stdout: "Added 1 version, 0 use cases and 1 assignment.\n" });
    const [again] = (await runCommand(other, ["models", "export", "--json"])).objects;
    const { exportedAtMs: _, ...document } = JSON.parse(await readFile(file, "utf8"));
    expect(again).toMatchObject(document);
  } finally {
    await rm(other, { recursive: true, force: true });
  }
  await writeFile(file, "{ not json");
  expect(await taleward("models", "import", file)).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/registry\.json is not JSON: .* Name a file that/),
  });
  expect(await taleward("models", "import", join(directory, "none.json"))).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("cannot be read"),
  });
  await writeFile(file, JSON.stringify({ format: "something else" }));
  expect(await taleward("models", "import", file)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("document.format"),
  });
});

test("a list has every version, however many pages they fill", async () => {
  const file = join(directory, "registry.json");
  await register("0");
  await succeeds("models", "export", file);
  const document: RegistryDocument = JSON.parse(await readFile(file, "utf8"));
  const [first] = document.versions;
  if (!first) throw new Error("nothing was exported");
  for (let version = 1; version <= 1_200; version += 1)
    document.versions.push({ ...first, id: versionId.parse(randomUUID()), version: String(version) });
  await writeFile(file, JSON.stringify(document));
  await succeeds("models", "import", file);
  const { objects } = await succeeds("models", "list", "--json");
  expect(new Set(objects.map(({ version }) => version)).size).toBe(1_201);
  expect((await succeeds("models", "list")).stdout.trimEnd().split("\n")).toHaveLength(1_202);
});

test.each([
  [["models", "show"], /The version is missing\. .*models show/],
  [["models", "show", "nobody@1"], /nobody/],
  [["models", "assign", "story_generation"], /The version is missing/],
  [["models", "register", "--name", "x"], /--provider is missing/],
  [["models", "register", "--name", "x", "--provider", "cloud", "--version", "1"], /provider/],
  [
    ["models", "register", "--name", "x", "--provider", "ollama", "--version", "1", "--context", "many"],
    /--context is not a number/,
  ],
  [
    registering("--replica", "10.0.0.2:11434"),
    /configuration\.replicas\.0 is \S+\. Give configuration\.replicas\.0 as an http:\/\/ or https:\/\/ address/,
  ],
  [registering("--options", "warm"), /--options is not JSON: .*Write an object, such as/s],
  [registering("--options", "[1]"), /--options is not a JSON object\./],
  [registering("--options", '{"temprature": 1}'), /--options knows no temprature\. Use temperature, topP/],
  [
    registering("--options", '{"temperature": 9}'),
    /configuration\.options\.temperature is 9\. Give configuration\.options\.temperature as a number of at most 5\./,
  ],
  [registering("--options", '{"threads": 2}', "--threads", "3"), /Threads are given twice/],
  [registering("--deadlines", '{"total": 5}'), /--deadlines knows no total\. Use connectMs/],
  [["models", "history", "no_such_case"], /no_such_case/],
  [["models", "undo", "story_generation", "--to", "yesterday"], /assignmentId/],
  [["models", "list", "--status", "fine"], /status/],
  [["models", "list", "--seed", "3"], /models list takes no --seed\. Use it as: taleward models list/],
  [["models", "list", "everything"], /does not know what to do with everything/],
  [["models", "frobnicate"], /Usage: taleward COMMAND/],
  [["models", "list", "--sort"], /--sort/],
])("%j exits with 2 and names what is wrong", async (args, message) => {
  const ended = await taleward(...args);
  expect(ended.stderr).toMatch(message);
  expect(ended).toMatchObject({ code: 2, stdout: "" });
});

test("help goes to stdout, with every command and every exit code", async () => {
  const { stdout } = await succeeds("--help");
  for (const command of ["list", "register", "pull", "show", "assign", "history", "undo", "drift", "export", "import"])
    expect(stdout).toContain(`  models ${command}`);
  expect(stdout).toMatch(/test run SUITE --versions/);
  expect(stdout).toMatch(/Exit codes: 0 .* 1 .* 2 .* 4 a case failed/);
});

test("an answer of the second version in the chain says so beside the text, and the text stays alone on stdout", async () => {
  await registerAs("away", "1", "http://127.0.0.1:9");
  await register("1.0");
  await succeeds("models", "assign", "interaction_layer", "away@1", "--fallbacks", "smol@1.0");
  const generated = await succeeds("generate", "--use-case", "interaction_layer", "A map");
  expect(generated.stdout.trim()).toBe(received);
  expect(generated.stderr).toMatch(/away@1: .*\S Trying smol@1\.0\.\n/);
  expect(generated.stderr).toMatch(/smol@1\.0, stop, \d+ ms, \d.* tokens\/s, log [0-9a-f-]{36}\n/);
  const events = (await succeeds("generate", "--use-case", "interaction_layer", "--json", "A map")).objects;
  expect(new Set(events.map(({ type }) => type))).toEqual(new Set(["started", "attempt", "token", "done"]));
});

test.skipIf(!hasTerminals)(
  "thoughts are for a person at a terminal, dim; what is piped on is the answer alone",
  async () => {
    server.shelf.put({ name: "thinker", capabilities: ["completion", "thinking"] });
    server.use({
      steps: [
        { do: "thought", tokens: ["A map means treasure. "] },
        { do: "text", tokens: [received] },
        { do: "done", reason: "stop" },
      ],
    });
    await registerAs("thinker", "1", server.url, "--use-case", "interaction_layer");
    const generate = ["generate", "--use-case", "interaction_layer", "A map"];
    expect((await succeeds(...generate)).stdout.trim()).toBe(received);
    const seen = await runCommand(directory, generate, { onTerminal: true });
    expect(seen.stdout).toContain("\u001b[2mA map means treasure.");
  },
);
