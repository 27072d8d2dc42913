import { log } from "../../base/logger.ts";
import type { AlertSink } from "../../coordinator/alert-sink.ts";
import { alertFromViolation, worstBlocked } from "../../coordinator/rules/occasions.ts";
import type { InferenceEnd } from "../../db/queries/logs.ts";
import type { GuardrailsMonitor } from "../../guardrails/monitor.ts";
import type { CallObserver } from "../../logs/recorder.ts";

/** Raises an alert for the gravest finding that closed the guardrails on a call. */
export class ViolationAlerts implements CallObserver {
  readonly #guardrails: GuardrailsMonitor;
  readonly #alerts: AlertSink;

  constructor(guardrails: GuardrailsMonitor, alerts: AlertSink) {
    this.#guardrails = guardrails;
    this.#alerts = alerts;
  }

  ended({ violations }: Pick<InferenceEnd, "violations">): void {
    const worst = worstBlocked(violations);
    if (!worst) return;
    this.#guardrails
      .violation({ violationId: worst.id })
      .then((violation) => this.#alerts.raise(alertFromViolation(violation)))
      .catch((error: unknown) => log.error("a blocked answer raised no alert", error));
  }
}
