import type { ViolationSummary } from "../../../../shared/contract/guardrails.ts";

/** Findings that are equal but for their call and time: the newest, and all of them, newest first. */
export interface ViolationGroup {
  readonly newest: ViolationSummary;
  readonly all: readonly ViolationSummary[];
}

/** In the order of the newest of each; what was decided differently stays apart. */
export function groupEqual(items: readonly ViolationSummary[]): readonly ViolationGroup[] {
  return [...Map.groupBy(items, keyOf).values()].flatMap((all) => {
    const [newest] = all;
    return newest === undefined ? [] : [{ newest, all }];
  });
}

function keyOf({
  category,
  severity,
  ruleId,
  message,
  excerpt,
  useCase,
  model,
  version,
  decision,
}: ViolationSummary): string {
  return JSON.stringify([category, severity, ruleId, message, excerpt, useCase, model, version, decision]);
}
