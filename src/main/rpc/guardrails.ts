import type { Services } from "../services.ts";
import { base } from "./base.ts";

export function guardrailsRoutes({ guardrails }: Services) {
  return {
    violations: base.guardrails.violations.handler(({ input }) => guardrails.violations(input)),
    violation: base.guardrails.violation.handler(({ input }) => guardrails.violation(input)),
    review: base.guardrails.review.handler(({ input }) => guardrails.review(input)),
    check: base.guardrails.check.handler(({ input }) => guardrails.check(input.text)),
  };
}
