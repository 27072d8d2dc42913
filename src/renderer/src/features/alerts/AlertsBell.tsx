import { ActionIcon, Tooltip } from "@mantine/core";
import { IconBell } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { queries } from "../../api/connection.ts";
import { hrefOf } from "../../shell/route.ts";
import { counted } from "../../../../shared/format.ts";
import classes from "./Alerts.module.css";

const maxShown = 99;

/** How many alerts nobody has acknowledged yet, wherever one is, and the way to them. */
export function AlertsBell() {
  const open = useQuery(queries.coordination.alerts.queryOptions({ input: { open: true, limit: 1 } })).data?.open ?? 0;
  const label = open === 0 ? "No open alert" : `${counted(open, "open alert")}`;
  return (
    <Tooltip label={label}>
      <ActionIcon
        component="a"
        href={hrefOf("alerts")}
        variant="subtle"
        color="gray"
        aria-label={`Alerts: ${label.toLowerCase()}`}
        className={classes.bell ?? ""}
        data-open={open > 0}
      >
        <IconBell size={18} stroke={1.5} />
        {open > 0 && <span className={classes.count}>{open > maxShown ? `${maxShown}+` : open}</span>}
      </ActionIcon>
    </Tooltip>
  );
}
