import { create } from "zustand";
import type { TestRun, TestSuite } from "../../../../../shared/contract/suites.ts";
import { invalidate } from "../../../api/changes.ts";
import { api, queries } from "../../../api/connection.ts";
import { isCancelled, type Problem, toProblem } from "../../../api/problem.ts";
import type { ChosenVersion } from "../chosen-versions.ts";

type SuiteId = TestSuite["id"];

/** A run this page started: as far as it has come, and how it could not begin or go on. */
export interface LiveRun {
  readonly run: TestRun | null;
  readonly going: boolean;
  readonly problem: Problem | null;
}

/** The latest run of each suite that this page started; it goes on while another screen is open. */
export const useSuiteRuns = create<{ readonly live: Readonly<Record<SuiteId, LiveRun>> }>(() => ({ live: {} }));

const aborters = new Map<SuiteId, AbortController>();

/** Runs a suite over versions into the store, painted once per frame. One run of a suite at a time on this page. */
export async function runSuite(suiteId: SuiteId, versions: readonly ChosenVersion[]): Promise<void> {
  if (aborters.has(suiteId)) return;
  const aborter = new AbortController();
  aborters.set(suiteId, aborter);
  set(suiteId, { run: null, going: true, problem: null });
  let latest: TestRun | null = null;
  let frame: number | null = null;
  const paint = (): void => {
    frame = null;
    set(suiteId, { run: latest });
  };
  let problem: Problem | null = null;
  try {
    const versionIds = versions.map(({ id }) => id);
    for await (const run of await api.suites.run({ suiteId, versionIds }, { signal: aborter.signal })) {
      latest = run;
      frame ??= requestAnimationFrame(paint);
    }
  } catch (error) {
    if (!isCancelled(error, aborter.signal)) problem = toProblem(error);
  } finally {
    aborters.delete(suiteId);
    if (frame !== null) cancelAnimationFrame(frame);
    set(suiteId, { run: latest, going: false, problem });
    await invalidate(queries.suites.key());
  }
}

export function cancelRun(suiteId: SuiteId): void {
  aborters.get(suiteId)?.abort();
}

function set(suiteId: SuiteId, change: Partial<LiveRun>): void {
  useSuiteRuns.setState(({ live }) => ({
    live: { ...live, [suiteId]: { ...(live[suiteId] ?? { run: null, going: false, problem: null }), ...change } },
  }));
}
