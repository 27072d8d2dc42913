import { useQuery } from "@tanstack/react-query";
import type { ModelVersion, UseCase } from "../../../../../shared/contract/registry.ts";
import { queries } from "../../../api/connection.ts";
import { hrefOf } from "../../../shell/route.ts";
import { StateMark } from "../../../ui/marks/StateMark.tsx";
import type { Share } from "../answering/shares.ts";
import { useShares } from "../answering/use-shares.ts";
import { ShareMark } from "../answering/ShareMark.tsx";
import classes from "./VersionPage.module.css";

/** The use cases a version answers, and those it is a fallback of, with its position there. */
export function VersionAssignments({ version }: { readonly version: ModelVersion }) {
  const useCases = useQuery(queries.registry.useCases.queryOptions()).data ?? [];
  const shares = useShares();
  const roles = useCases.flatMap((useCase) => rolesIn(useCase, shares(useCase), version.id));
  return (
    <section className={classes.card} aria-label="Answers">
      <h3 className={classes.cardTitle}>Answers</h3>
      {roles.length === 0 && (
        <p className={classes.faint}>Nothing yet: it answers no use case and stands in for none.</p>
      )}
      <ul className={classes.roles}>
        {roles.map(({ useCase, share, fallback }) => (
          <li key={`${useCase} ${fallback ?? "answers"}`}>
            <a href={hrefOf("models", "assignments", useCase)}>{useCase}</a>
            {share !== null && <ShareMark share={share} />}
            {fallback !== null && <StateMark tone="quiet">{`fallback ${fallback}`}</StateMark>}
          </li>
        ))}
      </ul>
    </section>
  );
}

function rolesIn({ name, assignment }: UseCase, shares: readonly Share[], versionId: string) {
  const share = shares.find((each) => each.versionId === versionId) ?? null;
  const at = assignment?.fallbacks.findIndex((fallback) => fallback.versionId === versionId) ?? -1;
  return [
    ...(share === null ? [] : [{ useCase: name, share, fallback: null }]),
    ...(at === -1 ? [] : [{ useCase: name, share: null, fallback: at + 1 }]),
  ];
}
