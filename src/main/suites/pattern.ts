import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { type Answer, type AssertionOf, judged, type Judgement, quoted } from "./answer.ts";

const maxMs = 100;

/** Only a context of its own has a timeout that stops a pattern that backtracks for ever; the thread keeps the main one free meanwhile. */
const thread = `
  const { parentPort, workerData } = require("node:worker_threads");
  const { runInNewContext } = require("node:vm");
  const { maxMs, ...given } = workerData;
  const source = "{ const found = new RegExp(pattern, flags).exec(text); found === null ? null : found[0]; }";
  try {
    parentPort.postMessage({ found: runInNewContext(source, given, { timeout: maxMs }) });
  } catch (error) {
    if (error.code !== "ERR_SCRIPT_EXECUTION_TIMEOUT") throw error;
    parentPort.postMessage("late");
  }
`;

/** Searches the answer, at most 100 ms long and on a thread of its own. A pattern that takes longer fails. */
export async function judgePattern(
  { pattern, flags, expected }: AssertionOf<"regex">,
  { text }: Pick<Answer, "text">,
): Promise<Judgement> {
  const worker = new Worker(thread, { eval: true, workerData: { pattern, flags, text, maxMs } });
  try {
    const [reply] = (await once(worker, "message")) as ["late" | { found: string | null }]; // what the thread above posts
    const named = `/${pattern}/${flags}`;
    if (reply === "late") return judged(false, `${named} took longer than ${maxMs} ms.`);
    return judged(
      (reply.found !== null) === expected,
      reply.found === null ? `${named} matches nothing.` : `${named} matches ${quoted(reply.found)}.`,
    );
  } finally {
    await worker.terminate();
  }
}

/** Why this is no pattern, in a sentence; null when it is one. */
export function patternProblem({ pattern, flags }: Pick<AssertionOf<"regex">, "pattern" | "flags">): string | null {
  try {
    new RegExp(pattern, flags);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
