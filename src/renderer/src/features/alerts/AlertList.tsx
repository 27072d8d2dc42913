import { actorLabel } from "../../../../shared/actor-label.ts";
import { Button, SegmentedControl } from "@mantine/core";
import { IconBell, IconChecks } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useCallback, useMemo, useState } from "react";
import type { Alert } from "../../../../shared/contract/coordination.ts";
import { invalidate } from "../../api/changes.ts";
import { api, queries } from "../../api/connection.ts";
import { useActions } from "../../shell/actions/actions.ts";
import { notify, notifyProblem } from "../../ui/notify/notify.ts";
import { useReady } from "../../shell/ready.ts";
import { hrefOf } from "../../shell/route.ts";
import { EmptyState } from "../../ui/states/EmptyState.tsx";
import { FailedState } from "../../ui/states/FailedState.tsx";
import { counted, whole } from "../../../../shared/format.ts";
import { KeyHint } from "../../ui/text/KeyHint.tsx";
import { LoadingState } from "../../ui/states/LoadingState.tsx";
import { StateMark } from "../../ui/marks/StateMark.tsx";
import { TimeText } from "../../ui/text/TimeText.tsx";
import { WithCode } from "../../ui/text/WithCode.tsx";
import { Defined } from "../../ui/text/Defined.tsx";
import { headlineOf, kindWords, levelTones, levelWords } from "./alert-labels.ts";
import classes from "./Alerts.module.css";

const maxListed = 500;

/** Alerts, newest first: what happened, what to do, and the way there. */
export function AlertList() {
  const [shown, setShown] = useState<"open" | "all">("open");
  const alerts = useQuery(
    queries.coordination.alerts.queryOptions({ input: { limit: maxListed, ...(shown === "open" && { open: true }) } }),
  );
  const open = alerts.data?.open ?? 0;
  useReady(alerts.isFetched);
  const acknowledge = useCallback(async (alert?: Alert): Promise<void> => {
    try {
      const { acknowledged } = await api.coordination.acknowledgeAlert(
        alert === undefined ? {} : { alertId: alert.id },
      );
      await invalidate(queries.coordination.alerts.key());
      if (alert === undefined) notify(`${counted(acknowledged, "alert")} acknowledged.`);
    } catch (error) {
      notifyProblem(error);
    }
  }, []);
  useActions(
    useMemo(
      () => [
        {
          id: "acknowledge-all",
          group: "Alerts",
          label: "Acknowledge all",
          keys: "shift+A",
          enabled: open > 0,
          run: () => void acknowledge(),
        },
      ],
      [open, acknowledge],
    ),
  );
  return (
    <>
      <div className={classes.filters}>
        <SegmentedControl
          size="xs"
          aria-label="Show"
          value={shown}
          onChange={setShown}
          data={[
            { value: "open", label: "Open" },
            { value: "all", label: "All" },
          ]}
        />
        <span className={classes.faint} role="status" aria-label="Open alerts">
          {alerts.data !== undefined && <Defined what="openAlerts">{openWords(open)}</Defined>}
        </span>
        <span className={classes.spacer} />
        <Button
          variant="default"
          disabled={open === 0}
          leftSection={<IconChecks size={14} stroke={1.5} />}
          rightSection={<KeyHint keys="shift+A" />}
          onClick={() => void acknowledge()}
        >
          Acknowledge all
        </Button>
      </div>
      {/* Focusable, so that a keyboard can scroll it. */}
      <div className={classes.scroller} tabIndex={0} role="group" aria-label="Alerts">
        {alerts.isPending && <LoadingState label="alerts" rows={8} />}
        {alerts.isError && alerts.data === undefined && (
          <FailedState error={alerts.error} onRetry={() => void alerts.refetch()} />
        )}
        {alerts.data?.items.length === 0 && (
          <EmptyState
            icon={<IconBell size={22} stroke={1.5} />}
            title={shown === "open" ? "No open alert" : "No alert yet"}
            action={
              <Button component="a" variant="default" href={hrefOf("alerts", "rules")}>
                See the rules
              </Button>
            }
          >
            Held answers, rollouts that need somebody, servers that went away and models that changed are listed here.
            The rules say what is also sent to the desktop and by webhook.
          </EmptyState>
        )}
        <ul className={classes.list} aria-label="Alerts">
          {alerts.data?.items.map((alert) => (
            <AlertRow key={alert.id} alert={alert} onAcknowledge={() => void acknowledge(alert)} />
          ))}
        </ul>
      </div>
    </>
  );
}

function AlertRow({ alert, onAcknowledge }: { readonly alert: Alert; readonly onAcknowledge: () => void }) {
  const { level, kind, atMs, message, remedy, location, acknowledgedAtMs, acknowledgedBy } = alert;
  const { headline, rest } = headlineOf(message);
  const byItself = acknowledgedBy?.kind === "system";
  return (
    <li className={classes.alert} data-level={level} data-open={acknowledgedAtMs === null}>
      <div className={classes.alertHead}>
        <StateMark tone={levelTones[level]}>{levelWords[level]}</StateMark>
        <span className={classes.faint}>{kindWords[kind]}</span>
        <span className={classes.faint}>
          <TimeText atMs={atMs} />
        </span>
      </div>
      <div className={classes.alertBody}>
        <p className={classes.message}>
          {location === null ? headline : <a href={`#/${location}`}>{headline}</a>}
          {rest !== "" && (
            <span className={classes.rest}>
              {" "}
              <WithCode text={rest} />
            </span>
          )}
        </p>
        <p className={classes.remedy}>
          <WithCode text={remedy} />
        </p>
      </div>
      <div className={classes.alertFoot}>
        {acknowledgedAtMs === null ? (
          <Button variant="default" size="compact-xs" aria-label={`Acknowledge: ${message}`} onClick={onAcknowledge}>
            Acknowledge
          </Button>
        ) : (
          <span className={classes.faint}>
            {byItself ? "resolved by itself" : "acknowledged"} <TimeText atMs={acknowledgedAtMs} />
            {!byItself && acknowledgedBy !== null && `, by ${actorLabel(acknowledgedBy)}`}
          </span>
        )}
      </div>
    </li>
  );
}

function openWords(open: number): string {
  return open > maxListed ? `${whole(open)} open, of which these are the newest ${maxListed}` : `${whole(open)} open`;
}
