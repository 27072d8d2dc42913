import { useMemo } from "react";
import { useActions } from "../../shell/actions/actions.ts";
import { go, hrefOf } from "../../shell/route.ts";
import { TabLinks } from "../../ui/controls/TabLinks.tsx";
import { AlertList } from "./AlertList.tsx";
import classes from "./Alerts.module.css";
import { RulesTab } from "./RulesTab.tsx";
import { SubscribersTab } from "./SubscribersTab.tsx";

const tabs = [
  { at: "alerts", label: "Alerts", href: hrefOf("alerts"), ids: [] },
  { at: "rules", label: "Rules", href: hrefOf("alerts", "rules"), ids: ["rules"] },
  { at: "subscribers", label: "Subscribers", href: hrefOf("alerts", "subscribers"), ids: ["subscribers"] },
] as const;

/** What asks for attention, where alerts are sent, and who is notified of model updates. */
export function AlertsScreen({ ids }: { readonly ids: readonly string[] }) {
  const shown = tabs.find(({ at }) => at === ids[0])?.at ?? "alerts";
  useActions(
    useMemo(
      () =>
        tabs.map(({ at, label, ids: to }, index) => ({
          id: `alerts-${at}`,
          group: "Alerts",
          label: `Show ${label.toLowerCase()}`,
          keys: String(index + 1),
          run: () => go("alerts", to),
        })),
      [],
    ),
  );
  return (
    <div className={classes.screen}>
      <TabLinks label="Alerts" tabs={tabs} shown={shown} />
      {shown === "alerts" && <AlertList />}
      {shown === "rules" && <RulesTab />}
      {shown === "subscribers" && <SubscribersTab />}
    </div>
  );
}
