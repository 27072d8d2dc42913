import { versionName } from "../../../../shared/format.ts";
import type { Target } from "./request.ts";

/** What a target is called on screen: a use case by its name, a version as "smollm2 @1.0". */
export function targetName(target: Target): string {
  return target.type === "use_case" ? target.useCase : versionName(target);
}

/** Tells targets apart in a list of choices. */
export function targetKey(target: Target): string {
  return target.type === "use_case" ? `use_case:${target.useCase}` : `version:${target.versionId}`;
}
