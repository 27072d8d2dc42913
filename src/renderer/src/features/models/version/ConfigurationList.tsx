import type { ModelVersion } from "../../../../../shared/contract/registry.ts";
import { CopyButton } from "../../../ui/controls/CopyButton.tsx";
import { Facts } from "../../../ui/text/Facts.tsx";
import { configurationRows } from "../configuration-rows.ts";
import classes from "./VersionPage.module.css";

/** A version's configuration, which never changes. */
export function ConfigurationList({ version }: { readonly version: ModelVersion }) {
  return (
    <section className={classes.card} aria-label="Configuration">
      <header className={classes.cardHead}>
        <h3 className={classes.cardTitle}>Configuration</h3>
        <CopyButton
          label="Copy configuration"
          word="Copy"
          text={() => JSON.stringify(version.configuration, null, 2)}
        />
      </header>
      <Facts rows={configurationRows(version)} />
      <p className={classes.faint}>It never changes. What should differ is a new version.</p>
    </section>
  );
}
