import type { TestResult, TestRunSummary } from "../../../../../shared/contract/suites.ts";
import type { Tone } from "../../../ui/marks/StateMark.tsx";
import type { Change } from "./compare.ts";

export const resultWords: Record<TestResult["state"], string> = {
  waiting: "Waiting",
  running: "Running",
  passed: "Passed",
  failed: "Failed",
  error: "Error",
  cancelled: "Cancelled",
};

export const resultTones: Record<TestResult["state"], Tone> = {
  waiting: "quiet",
  running: "busy",
  passed: "good",
  failed: "bad",
  error: "warn",
  cancelled: "quiet",
};

export const runWords: Record<TestRunSummary["state"], string> = {
  running: "Running",
  finished: "Finished",
  cancelled: "Cancelled",
  interrupted: "Interrupted",
};

export const runTones: Record<TestRunSummary["state"], Tone> = {
  running: "busy",
  finished: "good",
  cancelled: "quiet",
  interrupted: "warn",
};

/** Empty where nothing is worth saying. */
export const changeWords: Record<Change, string> = {
  mended: "passes now",
  broken: "passed before",
  same: "",
  new: "",
};
