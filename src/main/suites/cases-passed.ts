import type { TestRun } from "../../shared/contract/suites.ts";
import { Failure } from "../base/failure.ts";

/** How many cases of a run over one version passed. Throws `Failure` UNAVAILABLE where not all of them could be judged. */
export function casesPassed(run: TestRun | undefined): { passed: number; cases: number } {
  const [version] = run?.versions ?? [];
  const refusal = (message: string) =>
    new Failure("UNAVAILABLE", message, { remedy: "See that the version's server answers; the suite is run again." });
  if (!run || !version || run.state !== "finished") throw refusal("The test suite was not run to its end.");
  const { passed, failed, errors } = version;
  if (errors > 0) throw refusal(`${errors} of ${passed + failed + errors} cases could not be judged.`);
  return { passed, cases: passed + failed };
}

/** What an iteration gave last. */
export async function lastOf<Event>(events: AsyncIterable<Event>): Promise<Event | undefined> {
  let last: Event | undefined;
  for await (const event of events) last = event;
  return last;
}
