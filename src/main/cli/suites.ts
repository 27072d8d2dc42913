import type { TestResult, TestRun, TestSuite } from "../../shared/contract/suites.ts";
import { Failure } from "../base/failure.ts";
import type { Client } from "./connect.ts";
import { type Invocation, listOption, requiredWord } from "./invocation.ts";
import { withShortId } from "./short-id.ts";
import { nameOf, namedVersions } from "./named-version.ts";
import { counted } from "../../shared/format.ts";
import { localTime, milliseconds, perSecond, plain, table } from "./text.ts";

export async function listSuites({ client, json, print, note }: Invocation): Promise<number> {
  const suites = await client.suites.list();
  if (json) for (const suite of suites) print(`${JSON.stringify(suite)}\n`);
  else if (suites.length === 0) note("There is no test suite yet. Write one in Taleward, on the Test suites screen.\n");
  else
    print(
      table(
        ["SUITE", "CASES", "LAST RUN", "PASSED", "FAILED", "ID"],
        suites.map(({ name, cases, lastRun, id }) => [
          name,
          cases,
          lastRun === null ? "never" : localTime(lastRun.startedAtMs),
          lastRun?.passed ?? 0,
          lastRun?.failed ?? 0,
          id,
        ]),
      ),
    );
  return 0;
}

/**
 * Runs a suite over versions; with `--json` each result as it is there and the run's end last. Exits with 0 when every case
 * passed, 4 when one failed, 1 when one could not be judged or the run was cut short.
 */
export async function runSuite(invocation: Invocation): Promise<number> {
  const { client, options, json, print, signal } = invocation;
  const wanted = requiredWord(invocation, "The suite", "taleward test run dialogue --versions llama3.1-8b@1.0");
  const names = listOption(options, "versions") ?? [];
  if (names.length === 0)
    throw new Failure("BAD_REQUEST", "--versions is missing.", {
      field: "--versions",
      value: "",
      remedy: "Name the versions to run it on, as in --versions llama3.1-8b@1.0,smollm2@2.",
    });
  const suite = await namedSuite(client, wanted);
  const versions = await namedVersions(client, names);
  const printed = new Set<string>();
  const printResults = (run: TestRun) => {
    for (const result of run.results) {
      const key = `${result.versionId} ${result.caseId}`;
      if (printed.has(key) || !isJudged(result)) continue;
      printed.add(key);
      print(json ? `${JSON.stringify({ type: "result", ...result })}\n` : describe(result));
    }
  };
  let last: TestRun | null = null;
  try {
    const versionIds = versions.map(({ id }) => id);
    for await (const run of await client.suites.run({ suiteId: suite.id, versionIds }, { signal })) {
      last = run;
      printResults(run);
    }
  } catch (error) {
    if (!signal.aborted || last === null) throw error;
  }
  if (last === null) throw new Error("a run without an event");
  if (last.state === "running") printResults((last = await endOf(client, last)));
  return finish(invocation, last);
}

function isJudged({ state }: TestResult): boolean {
  return state === "passed" || state === "failed" || state === "error";
}

/** A run whose reader left still ends in its own time: polls until it has. */
async function endOf(client: Client, run: TestRun): Promise<TestRun> {
  for (let tries = 0; tries < 100; tries += 1) {
    const now = await client.suites.testRun({ testRunId: run.id });
    if (now.state !== "running") return now;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return run;
}

function finish({ json, print, note }: Invocation, { results, ...run }: TestRun): number {
  const count = (state: TestResult["state"]) => results.filter((result) => result.state === state).length;
  if (json) print(`${JSON.stringify({ type: "run", ...run })}\n`);
  else {
    const rows = run.versions.map((version) => [
      nameOf(version),
      version.passed,
      version.failed,
      version.errors,
      milliseconds(version.totalP50Ms),
      perSecond(version.tokensPerSecondP50),
    ]);
    print(`\n${table(["VERSION", "PASSED", "FAILED", "ERRORS", "ANSWER P50", "SPEED P50"], rows)}`);
    if (run.state !== "finished") note(`The run was ${run.state}: ${counted(count("cancelled"), "result")} missing.\n`);
  }
  if (count("failed") > 0) return 4;
  return count("error") > 0 || run.state !== "finished" ? 1 : 0;
}

function describe(result: TestResult): string {
  const took = result.timings === null ? "" : `, ${milliseconds(result.timings.totalMs)}`;
  const head = `${result.state.padEnd(9)}  ${nameOf(result)}  ${plain(result.caseName)}${took}\n`;
  const problems = result.assertions
    .filter(({ passed }) => !passed)
    .map(({ assertion, detail }) => `             ${assertion.type}: ${plain(detail)}\n`);
  const error = result.error === null ? "" : `             ${plain(result.error.message)} ${result.error.remedy}\n`;
  return `${head}${problems.join("")}${error}`;
}

async function namedSuite(client: Client, wanted: string): Promise<TestSuite> {
  const suites = await client.suites.list();
  const found = suites.filter(({ id, name }) => id === wanted || name === wanted);
  const [suite] = found;
  if (suite && found.length === 1) return suite;
  if (suite)
    throw new Failure("BAD_REQUEST", `${found.length} suites are called ${wanted}.`, {
      field: "SUITE",
      value: wanted,
      remedy: `Name the one you mean by its id: ${found.map(({ id }) => id).join(" or ")}.`,
    });
  const inShort = withShortId(suites, wanted);
  if (inShort) return inShort;
  throw new Failure("NOT_FOUND", `There is no test suite ${wanted}.`, {
    field: "SUITE",
    value: wanted,
    remedy:
      suites.length === 0 ? "Write one in Taleward first." : `There is ${suites.map(({ name }) => name).join(", ")}.`,
  });
}
