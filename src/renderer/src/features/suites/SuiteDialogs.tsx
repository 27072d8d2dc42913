import type { TestSuite } from "../../../../shared/contract/suites.ts";
import { invalidate } from "../../api/changes.ts";
import { api, queries } from "../../api/connection.ts";
import { go } from "../../shell/route.ts";
import { ConfirmDialog } from "../../ui/dialogs/ConfirmDialog.tsx";
import { counted } from "../../../../shared/format.ts";
import { SuiteDialog } from "./SuiteDialog.tsx";

export type SuiteDialogName = "rename" | "remove";

interface SuiteDialogsProps {
  readonly suite: TestSuite;
  readonly dialog: SuiteDialogName;
  /** How many there are, to show what is deleted. */
  readonly cases: number;
  readonly runs: number;
  readonly onClose: () => void;
}

export function SuiteDialogs({ suite, dialog, cases, runs, onClose }: SuiteDialogsProps) {
  if (dialog === "rename") {
    return (
      <SuiteDialog
        title="Rename suite"
        submitLabel="Rename suite"
        initial={suite}
        onSubmit={async (given) => {
          await api.suites.rename({ suiteId: suite.id, ...given });
          await invalidate(queries.suites.key());
        }}
        onClose={onClose}
      />
    );
  }
  return (
    <ConfirmDialog
      title={`Remove “${suite.name}”?`}
      confirmLabel="Remove suite"
      onConfirm={async () => {
        await api.suites.remove({ suiteId: suite.id });
        await invalidate(queries.suites.key());
        go("playground", ["suites"], "replace");
      }}
      onClose={onClose}
    >
      {`Its ${counted(cases, "case")} and ${counted(runs, "run")} are deleted. The calls stay in the log.`}
    </ConfirmDialog>
  );
}
