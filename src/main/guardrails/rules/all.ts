import { codeRules } from "./code.ts";
import { engagementRules } from "./engagement.ts";
import { harmRules } from "./harm.ts";
import { intimateRules } from "./intimate.ts";
import { privateDataRules } from "./private-data.ts";
import type { Rule } from "./rule.ts";

/** Every rule the guardrails know by themselves; ids are unique and stable, since they are stored with violations. */
export const rules: readonly Rule[] = [
  ...harmRules,
  ...intimateRules,
  ...privateDataRules,
  ...codeRules,
  ...engagementRules,
];
