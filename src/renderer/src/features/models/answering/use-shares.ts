import { useQuery } from "@tanstack/react-query";
import type { UseCase } from "../../../../../shared/contract/registry.ts";
import { queries } from "../../../api/connection.ts";
import { type Share, sharesOf } from "./shares.ts";

/** The shares of any use case, as rollouts change them. */
export function useShares(): (useCase: Pick<UseCase, "name" | "assignment">) => readonly Share[] {
  const inProgress = useQuery(queries.rollouts.list.queryOptions({ input: { active: true } })).data ?? [];
  return (useCase) => sharesOf(useCase, inProgress);
}
