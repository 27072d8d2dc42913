import { hrefOf } from "../../shell/route.ts";

/** Where one is within Rollouts. */
export type RolloutsLocation =
  | { readonly at: "list" }
  | { readonly at: "start"; readonly useCase: string | null; readonly candidateId: string | null }
  | { readonly at: "rollout"; readonly rolloutId: string };

/** Reads the location from the address. */
export function rolloutsLocationFrom([first, second, third]: readonly string[]): RolloutsLocation {
  if (first === undefined) return { at: "list" };
  if (first === "start") return { at: "start", useCase: second ?? null, candidateId: third ?? null };
  return { at: "rollout", rolloutId: first };
}

export function hrefOfRollout(rolloutId: string): string {
  return hrefOf("rollouts", rolloutId);
}

/** The form for a new one, with what is known of it filled in. */
export function hrefOfStart(useCase?: string, candidateId?: string): string {
  return hrefOf(
    "rollouts",
    "start",
    ...(useCase === undefined ? [] : [useCase]),
    ...(candidateId === undefined ? [] : [candidateId]),
  );
}
