import { Select, Switch } from "@mantine/core";
import type { TestRun, TestRunSummary } from "../../../../../shared/contract/suites.ts";
import { counted } from "../../../../../shared/format.ts";
import { shortTime } from "../../../ui/format.ts";
import { StateMark } from "../../../ui/marks/StateMark.tsx";
import { runTones, runWords } from "./result-labels.ts";
import classes from "../Suites.module.css";

interface RunBarProps {
  readonly runs: readonly TestRunSummary[];
  readonly run: TestRun | undefined;
  /** The one before it, if there is one. */
  readonly earlier: TestRunSummary | undefined;
  readonly comparing: boolean;
  readonly onCompare: (comparing: boolean) => void;
  readonly onRun: (id: string) => void;
}

/** Which run is shown, how far it is, and whether it is compared with the one before. */
export function RunBar({ runs, run, earlier, comparing, onCompare, onRun }: RunBarProps) {
  const ended = run?.results.filter(({ state }) => state !== "waiting" && state !== "running").length ?? 0;
  // What is on screen is newer than its line in the list.
  const others = runs.filter(({ id }) => id !== run?.id);
  const known =
    run === undefined ? runs : [run, ...others].toSorted((one, other) => other.startedAtMs - one.startedAtMs);
  return (
    <div className={classes.runBar}>
      <Select
        aria-label="Run"
        size="xs"
        w={236}
        value={run?.id ?? null}
        data={known.map((one) => ({ value: String(one.id), label: runLabel(one) }))}
        onChange={(id) => {
          if (id !== null) onRun(id);
        }}
      />
      {run !== undefined && (
        <>
          <StateMark tone={runTones[run.state]}>{runWords[run.state]}</StateMark>
          <span className={classes.progress} role="status" aria-label="Progress">
            {ended} of {counted(run.results.length, "result")}
          </span>
        </>
      )}
      <span className={classes.spacer} />
      {earlier !== undefined && (
        <Switch
          size="xs"
          label={`Changes since ${shortTime(earlier.startedAtMs)}`}
          checked={comparing}
          onChange={({ currentTarget }) => onCompare(currentTarget.checked)}
        />
      )}
    </div>
  );
}

function runLabel({ startedAtMs, versions }: TestRunSummary): string {
  const passed = versions.reduce((sum, version) => sum + version.passed, 0);
  const wrong = versions.reduce((sum, version) => sum + version.failed + version.errors, 0);
  return `${shortTime(startedAtMs)}: ${passed} passed, ${wrong} not`;
}
