import { create } from "zustand";
import type { ModelVersion } from "../../../../../shared/contract/registry.ts";

interface ChosenState {
  /** In the order they were chosen; never more than two. */
  readonly chosen: readonly ModelVersion[];
}

/** The versions ticked in the library, to be compared. */
export const useChosenVersions = create<ChosenState>(() => ({ chosen: [] }));

/** Selects or deselects a version; a third one replaces the first. */
export function toggleChosen(version: ModelVersion): void {
  useChosenVersions.setState(({ chosen }) => ({
    chosen: chosen.some(({ id }) => id === version.id)
      ? chosen.filter(({ id }) => id !== version.id)
      : [...chosen, version].slice(-2),
  }));
}

export function clearChosen(): void {
  useChosenVersions.setState({ chosen: [] });
}
