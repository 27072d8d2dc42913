import type { Arm } from "../../../shared/contract/rollout-plan.ts";

/** What routing needs to know of a running rollout: one entry a use case. */
export interface RoutedRollout {
  /** Two 32-bit words of the rollout's id, so that the same people are not first in every rollout. */
  readonly salt: number;
  /** 0 to 100. */
  readonly candidatePercent: number;
}

/** The salt of a rollout's id. */
export function saltOf(rolloutId: string): number {
  return hash(0x811c9dc5, rolloutId);
}

/**
 * The arm of a session, or of a call without one. The same key falls on the same point of the line for the whole rollout and
 * the candidate has the line's start, so raising the weight only ever moves keys from stable to candidate.
 */
export function armOf({ salt, candidatePercent }: RoutedRollout, key: string): Arm {
  return hash(salt, key) < candidatePercent * (2 ** 32 / 100) ? "candidate" : "stable";
}

/** FNV-1a over UTF-16 units, with MurmurHash3's finaliser so that near keys fall far apart. 0 to 2^32 - 1. */
function hash(seed: number, text: string): number {
  let h = seed | 0;
  for (let index = 0; index < text.length; index += 1) h = Math.imul(h ^ text.charCodeAt(index), 0x01000193);
  h ^= h >>> 16;
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
