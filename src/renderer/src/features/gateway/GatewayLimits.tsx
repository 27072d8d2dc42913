import { Button, NumberInput } from "@mantine/core";
import { useState } from "react";
import { queryClient } from "../../api/changes.ts";
import { api, queries } from "../../api/connection.ts";
import { toProblem } from "../../api/problem.ts";
import type { GatewayStatus } from "../../../../shared/contract/gateway.ts";
import { notify } from "../../ui/notify/notify.ts";
import classes from "./Gateway.module.css";

type Field = "port" | "maxBodyBytes";

/** The fields as typed, until they are saved. */
export function GatewayLimits({ status }: { readonly status: GatewayStatus }) {
  const [port, setPort] = useState<string>(String(status.port));
  const [megabytes, setMegabytes] = useState<string>(String(status.maxBodyBytes / 1_048_576));
  const [errors, setErrors] = useState<Partial<Record<Field, string>>>({});
  const [busy, setBusy] = useState(false);
  const maxBodyBytes = Math.round(Number(megabytes) * 1_048_576);
  const changed = Number(port) !== status.port || maxBodyBytes !== status.maxBodyBytes;
  const save = async (): Promise<void> => {
    const wrong = whatIsWrong(port, maxBodyBytes, megabytes);
    setErrors(wrong);
    if (Object.keys(wrong).length > 0) return;
    setBusy(true);
    try {
      const saved = await api.gateway.configure({ port: Number(port), maxBodyBytes });
      queryClient.setQueryData(queries.gateway.status.queryKey(), saved);
      notify("The gateway’s settings are saved.");
    } catch (error) {
      const problem = toProblem(error);
      const field: Field = problem.field === "maxBodyBytes" ? "maxBodyBytes" : "port";
      setErrors({ [field]: `${problem.message} ${problem.remedy}` });
    } finally {
      setBusy(false);
    }
  };
  return (
    <form
      className={classes.limits}
      aria-label="Gateway settings"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void save(); // its failure is shown at the field
      }}
    >
      <NumberInput
        label="Port"
        description="0 takes any that is free."
        size="xs"
        hideControls
        clampBehavior="none"
        allowDecimal={false}
        value={port}
        error={errors.port}
        onChange={(typed) => setPort(String(typed))}
      />
      <NumberInput
        label="Largest request, MiB"
        description="Larger ones are refused."
        size="xs"
        hideControls
        clampBehavior="none"
        value={megabytes}
        error={errors.maxBodyBytes}
        onChange={(typed) => setMegabytes(String(typed))}
      />
      <Button type="submit" variant="default" loading={busy} disabled={!changed} className={classes.save ?? ""}>
        Save
      </Button>
    </form>
  );
}

function whatIsWrong(port: string, maxBodyBytes: number, megabytes: string): Partial<Record<Field, string>> {
  const portNumber = Number(port);
  return {
    ...((port.trim() === "" || !Number.isInteger(portNumber) || portNumber < 0 || portNumber > 65_535) && {
      port: "Give a port from 0 to 65535.",
    }),
    ...((megabytes.trim() === "" || !(maxBodyBytes >= 1_024 && maxBodyBytes <= 1_073_741_824)) && {
      maxBodyBytes: "Give MiB from 0.001 to 1,024.",
    }),
  };
}
