import type { Actor } from "./contract/actor.ts";

/** What an actor is called on screens, in the terminal and in messages. */
export function actorLabel({ kind, name }: Actor): string {
  return name ?? unnamed[kind];
}

const unnamed: Readonly<Record<Actor["kind"], string>> = {
  system: "Taleward",
  person: "the person at this desk",
  program: "a program",
};
