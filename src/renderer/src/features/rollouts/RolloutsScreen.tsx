import type { Rollout } from "../../../../shared/contract/rollout-status.ts";
import { RolloutList } from "./list/RolloutList.tsx";
import { RolloutPage } from "./live/RolloutPage.tsx";
import { rolloutsLocationFrom } from "./rollouts-location.ts";
import { StartPage } from "./start/StartPage.tsx";

/** Every rollout, one of them, or the form for a new one. */
export function RolloutsScreen({ ids }: { readonly ids: readonly string[] }) {
  const where = rolloutsLocationFrom(ids);
  switch (where.at) {
    case "list":
      return <RolloutList />;
    case "start":
      return <StartPage useCase={where.useCase} candidateId={where.candidateId} />;
    case "rollout":
      // An id from the address may be any string; the backend judges it.
      return <RolloutPage key={where.rolloutId} rolloutId={where.rolloutId as Rollout["id"]} />;
  }
}
