import { Switch } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { queryClient } from "../../api/changes.ts";
import { api, queries } from "../../api/connection.ts";
import type { GatewayStatus } from "../../../../shared/contract/gateway.ts";
import { notifyProblem } from "../../ui/notify/notify.ts";
import classes from "./Gateway.module.css";

/** Whether programs may change which models the Ollama server has. */
export function ManagesModels({ status }: { readonly status: GatewayStatus }) {
  const change = useMutation({
    mutationFn: (managesModels: boolean) => api.gateway.configure({ managesModels }),
    onSuccess: (saved) => queryClient.setQueryData(queries.gateway.status.queryKey(), saved),
    onError: notifyProblem,
  });
  return (
    <Switch
      className={classes.setting ?? ""}
      size="xs"
      label="Programs may manage models"
      description="Pull, create, copy and delete them on your Ollama, through its API."
      checked={status.managesModels}
      disabled={change.isPending}
      onChange={({ currentTarget }) => change.mutate(currentTarget.checked)}
    />
  );
}
