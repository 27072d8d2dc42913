import type { Actor } from "../../src/shared/contract/actor.ts";

/** Who acts in tests, where that is a program. */
export const aTest: Actor = { kind: "program", name: "a test" };

/** A person whose name is known. */
export function named(name: string): Actor {
  return { kind: "person", name };
}

export const mara = named("Mara");
export const ada = named("Ada");
export const bySystem: Actor = { kind: "system" };
