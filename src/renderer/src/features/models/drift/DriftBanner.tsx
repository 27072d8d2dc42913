import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { queries } from "../../../api/connection.ts";
import { go } from "../../../shell/route.ts";
import { counted } from "../../../../../shared/format.ts";
import classes from "./Drift.module.css";
import { DriftNotice } from "./DriftNotice.tsx";
import { clearLibraryFilter, useLibraryFilter } from "../library/library-filter.ts";

const shown = 2;

/** The versions whose name on their server now holds something else, those that answer first; nothing while there is none. */
export function DriftBanner() {
  const drifts = useQuery(queries.registry.drifts.queryOptions()).data ?? [];
  const onlyDrifted = useLibraryFilter(({ drifted }) => drifted);
  if (drifts.length === 0) return null;
  const first = drifts.toSorted((one, other) => other.assignedTo.length - one.assignedTo.length).slice(0, shown);
  const rest = drifts.length - first.length;
  return (
    <section className={classes.banner} aria-label="Drift" role="alert">
      {first.map(
        (version) =>
          version.drift !== null && <DriftNotice key={version.id} version={version} drift={version.drift} linked />,
      )}
      {rest > 0 && !onlyDrifted && (
        <Button
          variant="subtle"
          color="gray"
          size="compact-xs"
          onClick={() => {
            clearLibraryFilter();
            useLibraryFilter.setState({ drifted: true });
            go("models");
          }}
        >
          {`Show ${counted(rest, "more drifted version")} in the library`}
        </Button>
      )}
    </section>
  );
}
