import type { VersionId } from "../../../shared/contract/ids.ts";
import type { Subscriber } from "../../../shared/contract/coordination.ts";
import type { Violation } from "../../../shared/contract/guardrails.ts";
import type { EndpointHealth, ModelVersion } from "../../../shared/contract/registry.ts";
import type { Rollout, RolloutEvent } from "../../../shared/contract/rollout-status.ts";
import { stepsOf } from "../../../shared/rollout-labels.ts";
import type { NewAlert } from "../../db/queries/alerts.ts";
import { assertNever } from "../../base/failure.ts";

/** The most severe of a call's findings that blocked it; undefined where none did. */
export function worstBlocked<Found extends Pick<Violation, "severity">>(findings: readonly Found[]): Found | undefined {
  const bySeverity = (wanted: Violation["severity"]) => findings.find(({ severity }) => severity === wanted);
  return bySeverity("critical") ?? bySeverity("high");
}

/** For a finding that blocked an answer; null for a milder one. The matched text is left out: an alert may leave this machine. */
export function alertFromViolation({ severity, message, useCase, model, version }: Violation): NewAlert | null {
  if (severity !== "high" && severity !== "critical") return null;
  return {
    kind: "violation",
    level: severity === "critical" ? "critical" : "warning",
    message: `${model} ${version} wrote text that was held back on ${useCase}: ${message}`,
    remedy: "Look at it among the violations, and confirm it or call it a false alarm.",
    location: "violations",
  };
}

type Happened = Pick<RolloutEvent, "type" | "message" | "by">;

/** For the events of one decision on a rollout: those that no person caused, and those that wait for a person. */
export function alertsFromRollout(
  rollout: Pick<Rollout, "id" | "useCase" | "candidate" | "plan" | "status">,
  events: readonly Happened[],
): NewAlert[] {
  const { id, useCase, candidate, status } = rollout;
  const what = `the rollout of ${candidate.model} ${candidate.version} on ${useCase}`;
  const alert = (level: NewAlert["level"], message: string, remedy: string): NewAlert[] => [
    { kind: "rollout", level, message, remedy, location: `rollouts/${id}` },
  ];
  const alertsFrom = ({ type, message }: Happened): NewAlert[] => {
    switch (type) {
      case "degraded":
        return alert(
          "critical",
          `Rolled back: ${what}. ${message}`,
          "All calls go to the version before. See why, then retry or start another version.",
        );
      case "inconclusive":
        return alert(
          "warning",
          `Inconclusive: ${what}. ${message}`,
          "Look at both arms, then resume, wait longer or abort.",
        );
      case "deadline":
        return alert("warning", `No progress: ${what}. ${message}`, "See what it waits for, then step or abort.");
      case "stuck":
        return alert(
          "warning",
          `Stuck: ${what}. ${message}`,
          status.pause?.reason === "gate"
            ? "Mend that: it is tried again within a minute. Or promote it past the gate, or abort it."
            : "Mend that: it is tried again within a minute. Or abort it.",
        );
      case "paused":
        return paused(message);
      default:
        return [];
    }
  };
  const paused = (message: string): NewAlert[] => {
    switch (status.pause?.reason) {
      case "gate":
        // A test suite answers by itself.
        if (stepsOf(rollout.plan)[status.step]?.type === "suite_gate") return [];
        return alert("info", `Waiting for a person: ${what}. ${message}`, "Let it through, or abort it.");
      case "person":
        return alert("info", `Waiting for a person: ${what}. ${message}`, "Resume it, or abort it.");
      case "inconclusive":
        // The event of that type has raised an alert already.
        if (events.some(({ type }) => type === "inconclusive")) return [];
        return alert("warning", `Held: ${what}. ${message}`, "Look at both arms, then resume or abort.");
      case "timed":
      case undefined:
        return [];
      default:
        return assertNever(status.pause?.reason as never); // all are above
    }
  };
  // A person needs no alert of their own command.
  return events.filter(({ by }) => by.kind === "system").flatMap(alertsFrom);
}

/** A version's name on its server, or its file, holds other content than was registered. */
export function alertFromDrift(
  version: Pick<ModelVersion, "id" | "model" | "version" | "assignedTo" | "drift">,
): NewAlert {
  const { id, model, version: label, assignedTo, drift } = version;
  const answers = assignedTo.length === 0 ? "" : `, and it answers ${assignedTo.join(", ")}`;
  return {
    ...driftOf(id),
    level: assignedTo.length === 0 ? "info" : "warning",
    message: `${model} ${label} is not what was registered any more on ${drift?.endpoint ?? "its server"}${answers}`,
    remedy: "Accept what is there now as a new version, or put the old content back.",
  };
}

/** A server stopped answering while versions on it answer these use cases; null where it answers none. */
export function alertFromEndpointDown(
  { endpoint, lastError }: Pick<EndpointHealth, "endpoint" | "lastError">,
  useCases: readonly string[],
): NewAlert | null {
  if (useCases.length === 0) return null;
  return {
    ...outageOf({ endpoint }),
    level: "warning",
    message: `${endpoint} is down, and it answers ${useCases.join(", ")}`,
    remedy: lastError ?? "Start it, or assign a version on another server.",
  };
}

/** What alerts about a server have in common. */
export function outageOf({ endpoint }: Pick<EndpointHealth, "endpoint">): Pick<NewAlert, "kind" | "location"> {
  return { kind: "endpoint", location: `models/servers/${encodeURIComponent(endpoint)}` };
}

/** What alerts about a version's drift have in common. */
export function driftOf(versionId: VersionId): Pick<NewAlert, "kind" | "location"> {
  return { kind: "drift", location: `models/version/${versionId}` };
}

/** About four minutes of attempts; then once a day at the longest wait. */
const manyTries = 8;
const triesADay = 288;

/** For a subscriber whose deliveries have failed for some minutes, then once a day; null in between. */
export function alertFromFailedDelivery(
  { id, name }: Pick<Subscriber, "id" | "name">,
  tries: number,
  error: string,
): NewAlert | null {
  if (tries !== manyTries && (tries === 0 || tries % triesADay !== 0)) return null;
  return {
    kind: "delivery",
    level: "warning",
    message: `${name} did not receive model updates ${tries} times in a row. ${error}`,
    remedy: "Start what listens there, or take the subscriber away. The updates wait until then.",
    location: `alerts/subscribers/${id}`,
  };
}

/** For an alert that the webhook of the alerts did not accept in ten attempts. */
export function alertFromFailedWebhook(error: string): NewAlert {
  return {
    kind: "delivery",
    level: "warning",
    message: `The webhook of the alerts did not take one. ${error}`,
    remedy: "Start what listens there, or change the rules, then send a test alert.",
    location: "alerts/rules",
  };
}
