import { alertReads, alertWrites } from "./queries/alerts.ts";
import { binReads, binWrites } from "./queries/bin.ts";
import { coordinationReads, coordinationWrites } from "./queries/coordination.ts";
import { draftReads, draftWrites } from "./queries/drafts.ts";
import { guardrailReads, guardrailWrites } from "./queries/guardrails.ts";
import { judgementReads, judgementWrites } from "./queries/judgements.ts";
import { logReads, logWrites } from "./queries/logs.ts";
import { passageHistoryReads, passageHistoryWrites } from "./queries/passage-changes.ts";
import { pastCallReads } from "./queries/past-calls.ts";
import { assignmentReads, assignmentWrites } from "./queries/registry/assignments.ts";
import { versionCallReads } from "./queries/registry/calls.ts";
import { documentReads, documentWrites } from "./queries/registry/document.ts";
import { driftReads, driftWrites } from "./queries/registry/drift.ts";
import { findReads } from "./queries/registry/find.ts";
import { performanceReads } from "./queries/registry/performance.ts";
import { removalReads, removalWrites } from "./queries/registry/removal.ts";
import { serverReads, serverWrites } from "./queries/registry/servers.ts";
import { useCaseReads, useCaseWrites } from "./queries/registry/use-cases.ts";
import { versionReads, versionWrites } from "./queries/registry/versions.ts";
import { rolloutCallReads } from "./queries/rollout-calls.ts";
import { rolloutReads, rolloutWrites } from "./queries/rollouts.ts";
import { shortCallWrites } from "./queries/short-calls.ts";
import { shownWrites } from "./queries/shown-so-far.ts";
import { settingsReads, settingsWrites } from "./queries/settings.ts";
import { proposalReads, proposalWrites } from "./queries/proposals.ts";
import { storyReads, storyWrites } from "./queries/story.ts";
import { suiteReads, suiteWrites } from "./queries/suites.ts";
import { testRunReads, testRunWrites } from "./queries/test-runs.ts";

/** Every query and every write of the database, by name: each is one business fact. */
export const reads = {
  ...versionReads,
  ...findReads,
  ...useCaseReads,
  ...assignmentReads,
  ...removalReads,
  ...performanceReads,
  ...versionCallReads,
  ...judgementReads,
  ...serverReads,
  ...driftReads,
  ...documentReads,
  ...logReads,
  ...guardrailReads,
  ...storyReads,
  ...proposalReads,
  ...passageHistoryReads,
  ...binReads,
  ...settingsReads,
  ...draftReads,
  ...suiteReads,
  ...testRunReads,
  ...rolloutReads,
  ...rolloutCallReads,
  ...pastCallReads,
  ...coordinationReads,
  ...alertReads,
};
export const writes = {
  ...versionWrites,
  ...useCaseWrites,
  ...assignmentWrites,
  ...removalWrites,
  ...judgementWrites,
  ...serverWrites,
  ...driftWrites,
  ...documentWrites,
  ...logWrites,
  ...shortCallWrites,
  ...shownWrites,
  ...guardrailWrites,
  ...storyWrites,
  ...passageHistoryWrites,
  ...binWrites,
  ...proposalWrites,
  ...settingsWrites,
  ...draftWrites,
  ...suiteWrites,
  ...testRunWrites,
  ...rolloutWrites,
  ...coordinationWrites,
  ...alertWrites,
};

export type Reads = typeof reads;
export type Writes = typeof writes;
