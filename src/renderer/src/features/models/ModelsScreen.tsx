import { Button } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useCallback, useMemo, useState } from "react";
import { useActions } from "../../shell/actions/actions.ts";
import { go, hrefOf } from "../../shell/route.ts";
import { TabLinks } from "../../ui/controls/TabLinks.tsx";
import { AssignmentsTab } from "./assignments/AssignmentsTab.tsx";
import { checkDrift } from "./drift/check-drift.ts";
import { ComparePage } from "./compare/ComparePage.tsx";
import { DriftBanner } from "./drift/DriftBanner.tsx";
import { DropZone } from "./register/DropZone.tsx";
import { Library } from "./library/Library.tsx";
import { type ModelsLocation, modelsLocationFrom } from "./models-location.ts";
import { RegisterDrawer } from "./register/RegisterDrawer.tsx";
import type { RegisterFrom } from "./register/register-draft.ts";
import { ServersTab } from "./servers/ServersTab.tsx";
import { VersionPage } from "./version/VersionPage.tsx";

const tabs = [
  { at: "library", label: "Library", href: hrefOf("models"), ids: [] },
  { at: "assignments", label: "Assignments", href: hrefOf("models", "assignments"), ids: ["assignments"] },
  { at: "servers", label: "Servers", href: hrefOf("models", "servers"), ids: ["servers"] },
] as const;

/** The library of versions, who answers which use case, and the servers they run on. */
export function ModelsScreen({ ids }: { readonly ids: readonly string[] }) {
  const where = modelsLocationFrom(ids);
  const [registering, setRegistering] = useState<RegisterFrom | null>(null);
  const register = useCallback((): void => setRegistering({ kind: "nothing" }), [setRegistering]);
  useActions(
    useMemo(
      () => [
        { id: "register", group: "Models", label: "Register a model", keys: "R", run: register },
        ...tabs.map(({ at, label, ids: to }, index) => ({
          id: `models-${at}`,
          group: "Models",
          label: `Show ${label.toLowerCase()}`,
          keys: String(index + 1),
          run: () => go("models", to),
        })),
        { id: "check-drift", group: "Models", label: "Check for drift", run: () => void checkDrift() },
        {
          id: "pull-model",
          group: "Models",
          label: "Pull a model",
          keys: "P",
          run: () => go("models", ["servers", "pull"]),
        },
      ],
      [register],
    ),
  );
  return (
    <DropZone onFile={(file) => setRegistering({ kind: "file", file })}>
      <TabLinks label="Models" tabs={tabs} shown={tabOf(where)}>
        <Button
          variant={where.at === "library" ? "filled" : "default"}
          leftSection={<IconPlus size={14} stroke={1.5} />}
          onClick={register}
        >
          Register a model
        </Button>
      </TabLinks>
      {where.at !== "version" && <DriftBanner />}
      {where.at === "library" && <Library onRegister={register} />}
      {where.at === "assignments" && <AssignmentsTab useCase={where.useCase} />}
      {where.at === "servers" && <ServersTab pulling={where.pulling} onRegister={setRegistering} />}
      {where.at === "version" && (
        <VersionPage
          versionId={where.versionId}
          onNewVersion={(version) => setRegistering({ kind: "version", version })}
        />
      )}
      {where.at === "compare" && <ComparePage versionIds={where.versionIds} />}
      {registering !== null && (
        <RegisterDrawer key={JSON.stringify(registering)} from={registering} onClose={() => setRegistering(null)} />
      )}
    </DropZone>
  );
}

/** A version and a comparison belong to the library. */
function tabOf({ at }: ModelsLocation): (typeof tabs)[number]["at"] {
  return at === "assignments" || at === "servers" ? at : "library";
}
