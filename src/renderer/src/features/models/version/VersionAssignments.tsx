import { useQuery } from "@tanstack/react-query";
import type { ModelVersion, UseCase } from "../../../../../shared/contract/registry.ts";
import { queries } from "../../../api/connection.ts";
import { hrefOf } from "../../../shell/route.ts";
import { StateMark } from "../../../ui/marks/StateMark.tsx";
import classes from "./VersionPage.module.css";

/** The use cases a version answers, and those it is a fallback of, with its position there. */
export function VersionAssignments({ version }: { readonly version: ModelVersion }) {
  const useCases = useQuery(queries.registry.useCases.queryOptions()).data ?? [];
  const roles = useCases.flatMap((useCase) => rolesIn(useCase, version.id));
  return (
    <section className={classes.card} aria-label="Answers">
      <h3 className={classes.cardTitle}>Answers</h3>
      {roles.length === 0 && (
        <p className={classes.faint}>Nothing yet: it answers no use case and stands in for none.</p>
      )}
      <ul className={classes.roles}>
        {roles.map(({ useCase, fallback }) => (
          <li key={`${useCase} ${fallback ?? "live"}`}>
            <a href={hrefOf("models", "assignments", useCase)}>{useCase}</a>
            {fallback === null ? (
              <StateMark tone="good">live</StateMark>
            ) : (
              <StateMark tone="quiet">{`fallback ${fallback}`}</StateMark>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

function rolesIn({ name, assignment }: UseCase, versionId: string) {
  if (assignment === null) return [];
  const at = assignment.fallbacks.findIndex((fallback) => fallback.versionId === versionId);
  return [
    ...(assignment.versionId === versionId ? [{ useCase: name, fallback: null }] : []),
    ...(at === -1 ? [] : [{ useCase: name, fallback: at + 1 }]),
  ];
}
