import { useMutation, useQuery } from "@tanstack/react-query";
import { useEffect, useMemo } from "react";
import { queryClient } from "../../api/changes.ts";
import { api, queries } from "../../api/connection.ts";
import type { GatewayStatus } from "../../../../shared/contract/gateway.ts";
import { useActions } from "../../shell/actions/actions.ts";
import { notifyProblem } from "../../ui/notify/notify.ts";
import { useReady } from "../../shell/ready.ts";
import { useTopBar } from "../../shell/frame/TopBar.tsx";
import { FailedState } from "../../ui/states/FailedState.tsx";
import { LoadingState } from "../../ui/states/LoadingState.tsx";
import { GatewayCalls } from "./GatewayCalls.tsx";
import classes from "./Gateway.module.css";
import { GatewayServer } from "./GatewayServer.tsx";
import { GatewayKey } from "./GatewayKey.tsx";
import { ServedPaths } from "./ServedPaths.tsx";
import { Snippets } from "./Snippets.tsx";

/** The gateway for other programs: whether it listens, where, with which key, how to call it, and who did. */
export function GatewayScreen() {
  const status = useQuery(queries.gateway.status.queryOptions());
  const switchGateway = useMutation({
    mutationFn: (change: { enabled: boolean }) => api.gateway.configure(change),
    onSuccess: showStatus,
    onError: notifyProblem,
  });
  const { mutate, isPending } = switchGateway;
  const enabled = status.data?.enabled === true;
  useReady(status.isFetched);
  useEffect(() => useTopBar.setState({ crumbs: [], inspector: false }), []);
  useActions(
    useMemo(
      () => [
        {
          id: "gateway-switch",
          group: "Gateway",
          label: enabled ? "Switch the gateway off" : "Switch the gateway on",
          keys: "G",
          enabled: !isPending,
          run: () => mutate({ enabled: !enabled }),
        },
      ],
      [enabled, isPending, mutate],
    ),
  );
  if (status.data === undefined) {
    return status.isError ? (
      <FailedState error={status.error} onRetry={() => void status.refetch()} />
    ) : (
      <LoadingState label="gateway" rows={10} />
    );
  }
  return (
    // Focusable, so that a keyboard can scroll it.
    <div className={classes.scroller} tabIndex={0} role="group" aria-label="Gateway settings and calls">
      <div className={classes.columns}>
        <div className={classes.column}>
          <GatewayServer
            status={status.data}
            switching={isPending}
            onSwitch={(wanted) => mutate({ enabled: wanted })}
          />
          {enabled && <GatewayKey status={status.data} />}
        </div>
        <div className={classes.column}>
          <Snippets status={status.data} />
          {enabled && <ServedPaths status={status.data} />}
        </div>
      </div>
      <GatewayCalls enabled={enabled} />
    </div>
  );
}

function showStatus(status: GatewayStatus): void {
  queryClient.setQueryData(queries.gateway.status.queryKey(), status);
}
