#!/usr/bin/env node
// npm test: the checks, and the tests that everybody runs, after whatever set-up is still missing. The last line counts the
// tests of all runners; each static check is one.
//   --all      every test there is, but those on request      --changed  what the working tree changed since main
//   --list     the stages, and whether they would run         STAGE...   only these; after one, 2/3 runs its second third
// What follows, from the first other option or file name on, goes to the test runners.
import { existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import {
  ensureChromium,
  ensureDependencies,
  ensureStarterModel,
  findCommand,
  findElectron,
  root,
  runMain,
  report,
  SetupError,
  toolEnvironment,
} from "./setup.mjs";
import { changedStages } from "./test-changed.mjs";
import { reports, stages } from "./test-stages.mjs";

const { tier, listOnly, chosen, runnerArguments } = readArguments(process.argv.slice(2));

await runMain(async () => {
  const parts =
    chosen.length > 0
      ? chosen
      : Object.keys(stages)
          .filter(isInTier)
          .map((name) => ({ name }));
  if (listOnly) return list(parts);
  await ensureDependencies();
  const env = await prepare(parts.map(({ name }) => name));
  rmSync(reports, { recursive: true, force: true });
  mkdirSync(reports, { recursive: true });
  if (tier === "changed") return summarise(await runAll(await changedStages(runnerArguments), env));
  summarise(
    await runAll(
      parts.map(({ name, shard }) => ({
        title: shard ? `${stages[name].title}, part ${shard}` : stages[name].title,
        repeat: `npm ${tier === "all" ? "run test:all" : "test"} ${name}${shard ? ` ${shard}` : ""}`,
        run: () =>
          stages[name].run({ env, runnerArguments: [...(shard ? [`--shard=${shard}`] : []), ...runnerArguments] }),
      })),
      env,
    ),
  );
});

function readArguments(args) {
  const chosen = [];
  let tier = "short";
  let listOnly = false;
  let at = 0;
  for (; at < args.length; at++) {
    const argument = args[at];
    const part = chosen.at(-1);
    if (argument === "--all") tier = "all";
    else if (argument === "--changed") tier = "changed";
    else if (argument === "--list") listOnly = true;
    else if (argument in stages) chosen.push({ name: argument });
    else if (part && stages[part.name].shards && /^\d+\/\d+$/.test(argument)) part.shard = argument;
    else break;
  }
  const rest = args.slice(at);
  if (rest[0] === "--") rest.shift();
  else if (rest.length > 0 && !rest[0].startsWith("-") && !existsSync(join(root, rest[0]))) {
    const names = Object.keys(stages).join(", ");
    report(`There is no stage "${rest[0]}". The stages are ${names}.`);
    process.exit(1);
  }
  return { tier, listOnly, chosen, runnerArguments: rest };
}

function isInTier(name) {
  const { only } = stages[name];
  return only === undefined || (only === "all" && tier === "all");
}

function list(parts) {
  const names = new Set(parts.map(({ name }) => name));
  const lineOf = ([name, { title, shards, only }]) =>
    `${names.has(name) ? "runs" : "    "}  ${(name + (shards ? " [I/N]" : "")).padEnd(22)}  ${title}${only === "request" ? " (on request)" : ""}`;
  process.stdout.write(`${Object.entries(stages).map(lineOf).join("\n")}\n`);
}

/** The environment of the tests: a Chromium, the starter model and, where there is one, a real Ollama and a real Electron. */
async function prepare(names) {
  const env = toolEnvironment({ FORCE_COLOR: process.stdout.isTTY ? "1" : "0" });
  if (tier === "all") env.TALEWARD_TEST_ALL = "1";
  const needs = new Set(names.flatMap((name) => stages[name].needs ?? []));
  if (needs.has("chromium") && tier !== "changed") env.TALEWARD_CHROMIUM = await ensureChromium();
  if (!needs.has("models")) return env;
  const starterModel = await ensureStarterModel();
  if (starterModel) env.TALEWARD_STARTER_MODEL = starterModel;
  const ollama = process.env.OLLAMA_BIN ?? findCommand("ollama");
  if (ollama) env.OLLAMA_BIN = ollama;
  else report("no Ollama here (OLLAMA_BIN or PATH): the specs with a real Ollama are skipped");
  const electronBinary = findElectron();
  if (electronBinary) env.TALEWARD_ELECTRON = electronBinary;
  else if (process.env.TALEWARD_ELECTRON) {
    throw new SetupError("TALEWARD_ELECTRON names a file that cannot be run.", "Correct it or unset it.");
  } else report("no Electron here (TALEWARD_ELECTRON or node_modules): the specs in a real window are skipped");
  return env;
}

/** Runs what it is given one after another, whatever fails. */
async function runAll(parts, env) {
  const results = [];
  for (const { title, repeat, run } of parts) {
    process.stdout.write(`\n== ${title}\n`);
    const startedAt = Date.now();
    const counts = await run({ env });
    results.push({ title, repeat, counts, seconds: (Date.now() - startedAt) / 1000 });
  }
  return results;
}

/** A line a stage, how to run again what failed, and last the sum. */
function summarise(results) {
  const total = { passed: 0, failed: 0, skipped: 0 };
  for (const { counts } of results) for (const key of Object.keys(total)) total[key] += counts[key];
  const lineOf = ({ title, counts, seconds }) =>
    `${counts.failed > 0 ? "failed" : "ok    "}  ${title}: ${textOf(counts)} in ${seconds.toFixed(1)} s`;
  const again = results.filter(({ counts, repeat }) => counts.failed > 0 && repeat);
  const lines = [...results.map(lineOf), ...again.map(({ repeat }) => `again:  ${repeat}`)];
  process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;
  process.stdout.write(`\n${lines.join("\n")}\n\n${textOf(total)}\n`);
}

function textOf({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}
