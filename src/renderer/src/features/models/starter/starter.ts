import { create } from "zustand";
import { api } from "../../../api/connection.ts";
import { isCancelled, type Problem, toProblem } from "../../../api/problem.ts";
import type { StarterStatus } from "../../../../../shared/contract/inference.ts";
import { notify } from "../../../ui/notify/notify.ts";

interface StarterState {
  /** The installation this page follows; null when none runs. */
  readonly progress: StarterStatus | null;
  readonly problem: Problem | null;
}

/** The starter model's installation; it goes on while other screens are looked at. */
export const useStarter = create<StarterState>(() => ({ progress: null, problem: null }));

let aborter: AbortController | null = null;

export async function installStarter(): Promise<void> {
  if (aborter !== null) return;
  aborter = new AbortController();
  const { signal } = aborter;
  useStarter.setState({
    problem: null,
    progress: { state: "downloading", bytesDone: 0, bytesTotal: 0, bytesPerSecond: null, source: null },
  });
  try {
    for await (const progress of await api.inference.installStarter(undefined, { signal })) {
      useStarter.setState({ progress });
    }
    notify("The built-in engine is ready and answers story_generation.");
  } catch (error) {
    if (!isCancelled(error, signal)) useStarter.setState({ problem: toProblem(error) });
  } finally {
    aborter = null;
    useStarter.setState({ progress: null });
  }
}

/** Stops the installation; what was fetched is kept, and the next one goes on from there. */
export function cancelStarter(): void {
  aborter?.abort();
}
