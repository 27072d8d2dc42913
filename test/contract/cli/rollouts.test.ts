import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { startBackend } from "../../kit/backend.ts";
import { type HeadlessProcess, startHeadless } from "../../kit/headless.ts";
import { type OllamaServer, startOllamaServer } from "../../kit/servers/ollama-server.ts";
import { runCommand, startCommand } from "../../kit/terminal.ts";
import { transports } from "../../kit/transports.ts";

// Every command is a process that imports the backend: a second each on an idle machine.
vi.setConfig({ testTimeout: 180_000 });

const useCase = "story_generation";

let directory: string;
let server: OllamaServer;
let host: HeadlessProcess | null = null;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "taleward-cli-rollouts-"));
  server = await startOllamaServer({ models: [{ name: "plain" }] });
  const backend = await startBackend({ dataDirectory: directory });
  const { client, close } = await transports[0][1](backend.router);
  for (const version of ["1", "2", "3"])
    await client.registry.registerModel({
      modelName: "plain",
      provider: "ollama",
      version,
      configuration: { endpoint: server.url },
      ...(version === "1" ? { useCase } : {}),
    });
  await close();
  await backend.close();
});
afterEach(async () => {
  await host?.stop();
  host = null;
  await server.close();
  await rm(directory, { recursive: true, force: true });
});

const rollouts = (...args: string[]) => runCommand(directory, ["rollouts", ...args]);
const file = async (name: string, content: unknown): Promise<string> => {
  const path = join(directory, name);
  await writeFile(path, typeof content === "string" ? content : JSON.stringify(content));
  return path;
};
const gated = () =>
  file("gated.json", {
    strategy: "canary",
    warmUp: false,
    steps: [
      { type: "weight", percent: 25 },
      { type: "person_gate", question: "Is it kind enough?" },
    ],
  });

test("a rollout is started, watched and let through from the terminal, and its candidate answers then", async () => {
  host = await startHeadless(directory);
  const started = await rollouts("start", useCase, "plain@2", "--plan", await gated(), "--reason", "kinder");
  expect(started.code).toBe(0);
  expect(started.stdout).toMatch(/^Rolling out plain@2 on story_generation, beside plain@1\.\n/);
  const [, id = ""] = /\n([0-9a-f-]{36})\n$/.exec(started.stdout) ?? [];

  const watching = startCommand(directory, ["rollouts", "watch", useCase]);
  await watching.shows(
    /paused \(gate\) {2}step 2 of 2 {2}stable 75 % \[#{5}-{15}\] 25 % candidate {2}evidence \[-{10}\] 1 of 20 after 0 units {2}Waiting at a gate: Is it kind enough\?/,
  );
  const second = await rollouts("start", useCase, "plain@3");
  expect(second.code).toBe(1);
  expect(second.stderr).toContain("plain 2");

  const paused = await rollouts("status", id);
  expect(paused.stdout).toMatch(/State +paused \(gate\)\n/);
  expect(paused.stdout).toMatch(/\nstable +plain@1 +0 +0 /);
  expect(paused.stdout).toContain("kinder");
  expect((await rollouts("status")).stdout).toMatch(/story_generation +plain@2 +plain@1 +paused \(gate\) +25 /);

  const resumed = await rollouts("resume", useCase, "--reason", "it is", "--json");
  expect(resumed.objects).toMatchObject([{ id, useCase, candidate: { version: "2" } }]);
  const watched = await watching.ended;
  expect(watched.code).toBe(0);
  expect(watched.stdout).toMatch(/Let through by .*: it is/);
  expect(watched.stdout).toMatch(/healthy {2}all steps done {2}stable 0 % \[#{20}\] 100 % candidate/);
  expect((await runCommand(directory, ["models", "history", useCase])).stdout).toMatch(/plain@2/);
});

test("a rollout that is aborted ends a watch with 4; its events and states are objects, and it can be tried again", async () => {
  host = await startHeadless(directory);
  await rollouts("start", useCase, "plain@2", "--plan", await gated());
  const watching = startCommand(directory, ["rollouts", "watch", useCase, "--json"]);
  await watching.shows(/"reason":"gate"/);
  const aborted = await rollouts("abort", useCase, "--reason", "too slow");
  expect(aborted.code).toBe(0);
  expect(aborted.stdout).toMatch(/^degraded {2}stable 100 % \[-{20}\] 0 % candidate/);
  const { code, objects } = await watching.ended;
  expect(code).toBe(4);
  expect(objects.at(-1)).toMatchObject({
    type: "rollout",
    rollout: { status: { state: "degraded", candidatePercent: 0 } },
  });
  const events = objects.filter(({ type }) => type === "event").map(({ event }) => event);
  expect(events).toMatchObject(events.map((_, index) => ({ sequence: index + 1 })));
  expect(JSON.stringify(events)).toContain("too slow");
  expect((await rollouts("retry", useCase)).stdout).toMatch(/^paused \(gate\)/);
  expect((await rollouts("start", useCase, "plain@3", "--plan", await gated(), "--supersede")).code).toBe(0);
  expect((await rollouts("status", useCase, "--json")).objects).toMatchObject([
    {
      rollout: { candidate: { version: "3" } },
      analysis: { threshold: 20 },
      events: [{ type: "started" }, {}, {}, {}],
    },
  ]);
});

test("pause, step, promote and promote fully are a person's to say; without a running Taleward each command goes on a little", async () => {
  const plan = await file("plan.json", {
    strategy: "canary",
    warmUp: false,
    steps: [
      { type: "weight", percent: 10 },
      { type: "analysis", units: 1_000 },
      { type: "weight", percent: 60 },
      { type: "analysis", units: 1_000 },
    ],
  });
  const started = await rollouts("start", useCase, "plain@2", "--plan", plan);
  expect(started.stderr).toContain("No Taleward is running on this data");
  expect((await rollouts("pause", useCase)).stdout).toMatch(/^paused \(person\) {2}stable 90 %/);
  expect((await rollouts("resume", useCase)).stdout).toMatch(/^progressing {2}stable 90 %/);
  expect((await rollouts("step", useCase)).stdout).toMatch(/^progressing {2}stable 40 %/);
  expect((await rollouts("promote", useCase, "--fully", "--json")).objects).toMatchObject([
    { status: { state: "healthy", candidatePercent: 100 } },
  ]);
});

test("Ctrl C ends a watch and leaves the rollout as it is", async () => {
  host = await startHeadless(directory);
  await rollouts("start", useCase, "plain@2", "--plan", await gated());
  const watching = startCommand(directory, ["rollouts", "watch", useCase]);
  await watching.shows(/paused \(gate\)/);
  const { code, stderr } = await watching.interrupt();
  expect({ code, stderr }).toEqual({ code: 0, stderr: "The rollout continues. `taleward rollouts abort` ends it.\n" });
  expect((await rollouts("status")).stdout).toContain("paused (gate)");
});

test.each([
  ["a use case that is not there", ["start", "poetry", "plain@2"], /There is no use case poetry\./],
  ["a version that is not there", ["start", useCase, "plain@9"], /plain/],
  ["a plan that is not there", ["start", useCase, "plain@2", "--plan", "no-such-plan"], /no-such-plan cannot be read/],
  ["a candidate left out", ["start", useCase], /The candidate is missing\./],
  ["a use case without a rollout", ["status", useCase], /There was no rollout on story_generation yet\./],
  ["a rollout that is not there", ["abort", "no_such"], /There is no use case no_such\./],
  ["an option of another command", ["abort", useCase, "--fully"], /rollouts abort takes no --fully\./],
  ["units of no arm", ["analyse", "units"], /Line 2 cannot be used: arm/],
  ["a scenario that is none", ["replay", "units"], /plan of the scenario cannot be used/],
  ["a simulation without traffic", ["simulate", "plan"], /^traffic is missing\. Give traffic as/],
])("%s is refused with 2 and a remedy", async (_what, [command = "", ...rest], message) => {
  const units = await file("units", '\n{"arm":"blue","weight":0.5,"metrics":{}}\n');
  const plan = await file("plan", { plan: { strategy: "all_at_once" } });
  const args = rest.map((arg) => (arg === "units" ? units : arg === "plan" ? plan : arg));
  const { code, stdout, stderr } = await rollouts(command, ...args);
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toMatch(message);
});

test("a plan that does not fit is refused by its field, and nothing is started", async () => {
  const plan = await file("plan.json", { strategy: "canary", steps: [{ type: "weight", percent: 150 }] });
  const { code, stderr } = await rollouts("start", useCase, "plain@2", "--plan", plan);
  expect(code).toBe(2);
  expect(stderr).toMatch(/plan\.steps\.0\.percent is \d+\. Give plan\.steps\.0\.percent as a number of at most 100\./);
  expect((await rollouts("status")).stderr).toMatch(/There was no rollout yet/);
});

test("analyse prints the evidence in units for each metric and together, without a backend", async () => {
  // Twice as long on the candidate, with a spread that is the same on both arms.
  const units = Array.from({ length: 400 }, (_, index) => {
    const isCandidate = index % 2 === 1;
    const msPerToken = (isCandidate ? 60 : 30) * (1 + ((index * 37) % 50) / 100);
    return JSON.stringify({
      arm: isCandidate ? "candidate" : "stable",
      weight: 0.5,
      metrics: { msPerToken, errors: 0 },
    });
  });
  const path = await file("units.jsonl", units.join("\n"));
  const unused = join(directory, "unused");
  const { code, stdout } = await runCommand(unused, ["rollouts", "analyse", path]);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^METRIC +SHARE +EVIDENCE +HIGHEST +THRESHOLD +STABLE +CANDIDATE +VERDICT\ncombined /);
  expect(stdout).toMatch(/combined .* 20 +200 +200 +The candidate is worse: it would be rolled back\n/);
  const { objects } = await runCommand(unused, ["rollouts", "analyse", path, "--json"]);
  expect(objects.find(({ metric }) => metric === "combined")).toMatchObject({
    units: { stable: 200, candidate: 200 },
    threshold: 20,
    verdict: "The candidate is worse: it would be rolled back",
  });
  const same = await file("same.jsonl", units.join("\n").replaceAll(/"msPerToken":[\d.]+/g, '"msPerToken":30'));
  const alike = await runCommand(unused, ["rollouts", "analyse", same, "--json"]);
  expect(alike.objects[0]).toMatchObject({ verdict: "Not enough speaks against the candidate" });
  const plan = await file("errors.json", {
    strategy: "all_at_once",
    analysis: { metrics: { errors: 1 }, alpha: 0.01 },
  });
  const planned = await runCommand(unused, ["rollouts", "analyse", path, "--json", "--plan", plan]);
  expect(planned.objects[0]).toMatchObject({ threshold: 100, verdict: "Not enough speaks against the candidate" });
  const refused = await runCommand(unused, ["rollouts", "analyse", path, "--plan", same]);
  expect({ code: refused.code, stdout: refused.stdout }).toEqual({ code: 2, stdout: "" });
  await expect(readFile(join(unused, "taleward.db"))).rejects.toMatchObject({ code: "ENOENT" });
});

test("replay decides a scenario again: each state, weight and event, the same with --json", async () => {
  const scenario = await file("scenario.json", {
    plan: {
      strategy: "canary",
      steps: [
        { type: "weight", percent: 10 },
        { type: "pause", forMs: 60_000 },
        { type: "analysis", units: 20 },
      ],
    },
    startedAtMs: 0,
    timeline: [
      { atMs: 70_000, facts: { units: { stable: 15, candidate: 4 } } },
      { atMs: 80_000, facts: { evidence: 25 } },
    ],
  });
  const { code, objects } = await rollouts("replay", scenario, "--json");
  expect(code).toBe(0);
  expect(objects.map(({ atMs, weight, status }) => ({ atMs, weight, status }))).toMatchObject([
    { atMs: 0, weight: 10, status: { state: "paused", step: 1 } },
    { atMs: 60_000, weight: 10, status: { state: "progressing", step: 2 } },
    { atMs: 70_000, weight: 10, status: { state: "progressing", step: 2 } },
    { atMs: 80_000, weight: 0, status: { state: "degraded" } },
  ]);
  const { stdout } = await rollouts("replay", scenario);
  expect(stdout).toMatch(/stable 90 % \[#{2}-{18}\] 10 % candidate {2}step 2 of 3 {2}paused \(timed\)\n/);
  expect(stdout).toMatch(/ {4}evidence: The evidence against the candidate reached 25 of 20 \(Taleward\)\n/);
});

test("simulate shows what a plan would catch, with the same figures for the same seed", async () => {
  const arm = { msPerToken: { median: 30 }, firstTokenMs: { median: 400 } };
  const input = await file("simulation.json", {
    plan: {
      strategy: "canary",
      steps: [
        { type: "weight", percent: 50 },
        { type: "analysis", units: 200 },
      ],
    },
    traffic: { type: "load", callsPerHour: 50, stable: arm },
  });
  const first = await rollouts("simulate", input, "--runs", "20", "--seed", "7");
  expect(first.code).toBe(0);
  expect(first.stdout).toMatch(/IF THE CANDIDATE +ROLLED BACK +PROMOTED +INCONCLUSIVE/);
  expect(first.stdout).toMatch(/\nTakes twice as long +\d+(\.\d)? %/);
  expect((await rollouts("simulate", input, "--runs", "20", "--seed", "7")).stdout).toBe(first.stdout);
  const [result] = (await rollouts("simulate", input, "--runs", "20", "--seed", "8", "--json")).objects;
  expect(result).toMatchObject({ stopped: false, scenarios: [{ name: "No change", runs: 20 }, {}, {}, {}, {}, {}] });
});

test("the short ids that are printed are accepted, and a promoted version is gone back from by the rule of its window", async () => {
  host = await startHeadless(directory);
  const started = await rollouts("start", useCase, "plain@2", "--plan", await gated(), "--json");
  const { id, candidate } = JSON.parse(started.stdout);
  const short = id.slice(-8);
  expect((await rollouts("status", short)).stdout).toContain(id);
  expect((await rollouts("promote", short, "--fully")).code).toBe(0);
  expect((await runCommand(directory, ["models", "show", candidate.versionId.slice(-8)])).stdout).toContain("plain");
  expect((await rollouts("watch", short)).code).toBe(0);
  const back = await rollouts("back", short);
  expect(back.stdout).toContain(`Going back to plain@1 on ${useCase}, within the rollback window`);
  expect((await rollouts("watch", useCase)).code).toBe(0);
  expect((await runCommand(directory, ["models", "history", useCase])).stdout).toMatch(/plain@1[^\n]*\n[^\n]*plain@2/);
  const again = await rollouts("back", short);
  expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining("another version by now") });
});
