import type { AlertSink } from "../coordinator/alert-sink.ts";
import { GuardrailsMonitor } from "../guardrails/monitor.ts";
import { HistoricalLogProcessor } from "../logs/log-processor.ts";
import { type CallObserver, Recorder } from "../logs/recorder.ts";
import { Judgements } from "../registry/judgements.ts";
import type { Foundation } from "./foundation.ts";
import { ViolationAlerts } from "./adapters/violation-alerts.ts";

/** What is kept of calls: their rows, what the guardrails found in them, and how people judged them. */
export function createLogs({ database, changes, nowMs }: Foundation, alerts: AlertSink) {
  const recorder = new Recorder(database, changes);
  const guardrails = new GuardrailsMonitor({ database, nowMs, changes });
  const logs = new HistoricalLogProcessor(database);
  const judgements = new Judgements({ database, nowMs, changes });
  /** The rollouts count a call before anybody is alerted by it. */
  const connectLogs = (rollouts: CallObserver): void => {
    recorder.observe(rollouts);
    recorder.observe(new ViolationAlerts(guardrails, alerts));
  };
  return { recorder, guardrails, logs, judgements, connectLogs };
}
