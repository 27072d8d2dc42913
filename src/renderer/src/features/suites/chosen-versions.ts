import { z } from "zod";
import { create } from "zustand";
import { persist } from "zustand/middleware";
import { versionId } from "../../../../shared/contract/ids.ts";

const chosenVersion = z.object({ id: versionId, model: z.string(), version: z.string() });
/** A version to run over, under the name it had when it was chosen. */
export type ChosenVersion = z.infer<typeof chosenVersion>;

export const maxVersions = 16;

interface ChosenState {
  readonly versions: readonly ChosenVersion[];
}

const kept: z.ZodType<ChosenState> = z.object({ versions: z.array(chosenVersion).max(maxVersions) });

/** The versions that are being judged; the same for every suite, and kept in this browser. */
export const useChosenVersions = create<ChosenState>()(
  persist((): ChosenState => ({ versions: [] }), {
    name: "taleward.suites.versions",
    merge: (stored, fresh) => kept.safeParse(stored).data ?? fresh,
  }),
);

export function chooseVersion({ id, model, version }: ChosenVersion): void {
  useChosenVersions.setState(({ versions }) => ({
    versions: versions.some((one) => one.id === id) ? versions : [...versions, { id, model, version }],
  }));
}

export function dropVersion(id: string): void {
  useChosenVersions.setState(({ versions }) => ({ versions: versions.filter((one) => one.id !== id) }));
}
