import type { StoredRollout } from "../db/queries/rollouts.ts";
import { assertNever, Failure } from "../base/failure.ts";
import type { CommandRequest } from "./decision/rollout-facts.ts";

/** Why a command means nothing where a rollout stands, and what does. */
export function notNow({ command }: CommandRequest, { id, status }: StoredRollout): Failure {
  const { state } = status;
  const refusal = (message: string, remedy: string) =>
    new Failure("CONFLICT", message, { field: "command", value: command, remedy });
  const is = `The rollout ${id.slice(-8)} is ${state}`;
  switch (command) {
    case "abort":
      return refusal(`${is}: there is nothing to abort.`, "Assign the earlier version, or roll it out.");
    case "retry":
      return refusal(`${is}, and only one that was rolled back can be tried again.`, "Start a new rollout instead.");
    case "resume":
      return refusal(`${is}: there is nothing to resume.`, "Wait for what it waits for, or step.");
    case "pause":
    case "step":
    case "promote":
      return refusal(`${is}: there is nothing to ${command}.`, "Look at where it stands, and choose what fits that.");
    case "promote_fully":
      return refusal(`${is}: it is promoted already.`, "Wait for its end, or abort it.");
    default:
      return assertNever(command);
  }
}

/** Why a command was not done though it meant something: an abort came after it, and the last word stands. */
export function overtaken({ command }: CommandRequest, { id }: StoredRollout): Failure {
  return new Failure("CONFLICT", `The rollout ${id.slice(-8)} was aborted while this was asked for.`, {
    field: "command",
    value: command,
    remedy: "Retry it, or promote it fully, if it should go on.",
  });
}

/** Whether a command was refused, rather than not written. */
export function isRefusal(error: unknown): boolean {
  return error instanceof Failure && error.code === "CONFLICT";
}
