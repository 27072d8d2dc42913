import { Button, FileButton } from "@mantine/core";
import { useCallback, useMemo, useRef, useState } from "react";
import type { RegistryDocument } from "../../../../../shared/contract/registry.ts";
import { invalidate } from "../../../api/changes.ts";
import { api, queries } from "../../../api/connection.ts";
import { useActions } from "../../../shell/actions/actions.ts";
import { notify, notifyProblem } from "../../../ui/notify/notify.ts";
import { counted } from "../../../../../shared/format.ts";
import { saveFile } from "../../../ui/save-file.ts";

/** The whole registry as one JSON file, out and in again. */
export function RegistryFile() {
  const [busy, setBusy] = useState<"export" | "import" | null>(null);
  const reset = useRef<() => void>(null);
  const picker = useRef<HTMLButtonElement>(null);
  const exportIt = useCallback(async (): Promise<void> => {
    setBusy("export");
    try {
      const document = await api.registry.exportRegistry();
      const day = new Date(document.exportedAtMs).toISOString().slice(0, 10);
      saveFile(`taleward-registry-${day}.json`, `${JSON.stringify(document, null, 2)}\n`, "application/json");
      notify(
        `${counted(document.versions.length, "version")} written to taleward-registry-${day}.json. Keys are not in it.`,
      );
    } catch (error) {
      notifyProblem(error);
    } finally {
      setBusy(null);
    }
  }, []);
  const importFrom = async (file: File | null): Promise<void> => {
    if (file === null) return;
    setBusy("import");
    try {
      notify(await importFile(file));
    } catch (error) {
      notifyProblem(error);
    } finally {
      setBusy(null);
      reset.current?.();
    }
  };
  useActions(
    useMemo(
      () => [
        { id: "export-registry", group: "Models", label: "Export the registry", run: () => void exportIt() },
        {
          id: "import-registry",
          group: "Models",
          label: "Import a registry",
          run: () => picker.current?.click(),
        },
      ],
      [exportIt],
    ),
  );
  return (
    <>
      <FileButton accept="application/json,.json" resetRef={reset} onChange={(file) => void importFrom(file)}>
        {(props) => (
          <Button {...props} ref={picker} variant="subtle" color="gray" size="compact-xs" loading={busy === "import"}>
            Import registry
          </Button>
        )}
      </FileButton>
      <Button
        variant="subtle"
        color="gray"
        size="compact-xs"
        loading={busy === "export"}
        onClick={() => void exportIt()}
      >
        Export registry
      </Button>
    </>
  );
}

/** Imports a file and notifies the result; the backend refuses what is no registry, by the field. */
async function importFile(file: File): Promise<string> {
  // The backend judges whatever the file holds.
  const document = parsed(await file.text()) as RegistryDocument | null;
  if (document === null) throw new Error(`${file.name} is not JSON. Choose a file that Taleward exported.`);
  const { versionsAdded, useCasesAdded, assignmentsAdded } = await api.registry.importRegistry({ document });
  await invalidate(queries.registry.key());
  return versionsAdded + useCasesAdded + assignmentsAdded === 0
    ? `Everything in ${file.name} was here already.`
    : `From ${file.name}: ${counted(versionsAdded, "version")}, ${counted(useCasesAdded, "use case")} and ${counted(assignmentsAdded, "assignment")} added.`;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
