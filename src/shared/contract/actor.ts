import { z } from "zod";

/** Who did something: Taleward itself, a person, or a program that calls it. What is shown for one is `actorLabel`'s to say. */
export const actor = z.object({
  kind: z.enum(["system", "person", "program"]),
  /** Left out where nobody gave one. */
  name: z.string().min(1).max(200).optional(),
});
export type Actor = z.infer<typeof actor>;

/** Taleward itself, by a rule or a plan. */
export const system: Actor = { kind: "system" };

/** Somebody at a screen or a terminal: names are not asked for. */
export const person: Actor = { kind: "person" };

/**
 * An actor as documents and scenarios had one before it was data: the words that were shown for it. Migration 009 reads stored
 * ones the same way.
 *
 * @example actorFromText("Mara") // { kind: "person", name: "Mara" }
 */
export function actorFromText(text: string): Actor {
  if (text === "Taleward") return system;
  return textsWithoutName.includes(text) ? person : { kind: "person", name: text };
}

/** An actor, or the words for one as they were written before. */
export const actorOrText = z.union([actor, z.string().max(200).transform(actorFromText)]);

const textsWithoutName = ["", "a person", "the person at this desk", "whoever assigned another version"];
