import { Popover } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { occasionLabels } from "../../../../shared/reading-label.ts";
import { invalidate } from "../../api/changes.ts";
import { queries } from "../../api/connection.ts";
import { StateMark } from "../../ui/marks/StateMark.tsx";
import { Facts } from "../../ui/text/Facts.tsx";
import { exactTime } from "../../ui/format.ts";
import classes from "./Shell.module.css";

const everyMs = 10_000;

/** Whether the calls go by assignments that are still read, and in its detail when and what for they last were. */
export function RegistryItem() {
  const [open, setOpen] = useState(false);
  // A reading that changes nothing is announced nowhere.
  const refetchInterval = open ? everyMs : false;
  const reading = useQuery({ ...queries.registry.reading.queryOptions(), refetchInterval }).data;
  const show = (): void => {
    setOpen(!open);
    void invalidate(queries.registry.reading.key());
  };
  if (reading === undefined) return null;
  const { readAtMs, by, unreadableSinceMs, drillUntilMs } = reading;
  return (
    <Popover opened={open} onChange={setOpen} position="top-start" width={360} shadow="md" trapFocus>
      <Popover.Target>
        <button type="button" className={classes.item} onClick={show}>
          {unreadableSinceMs === null && drillUntilMs === null ? (
            "Registry"
          ) : (
            <StateMark tone="warn">
              {`${drillUntilMs === null ? "" : "Drill: "}Registry cannot be read: using the last known assignment`}
            </StateMark>
          )}
        </button>
      </Popover.Target>
      <Popover.Dropdown aria-label="Registry" tabIndex={-1} data-autofocus>
        <Facts
          rows={[
            ["Last read", readAtMs === null ? "not yet" : exactTime(readAtMs)],
            ["Why then", by === null ? null : occasionLabels[by]],
            ["Readable", unreadableSinceMs === null ? "yes" : "no"],
            ["Not since", unreadableSinceMs === null ? null : exactTime(unreadableSinceMs)],
            ["Drill", drillUntilMs === null ? null : `asked for by --drill, until ${exactTime(drillUntilMs)}`],
          ]}
        />
      </Popover.Dropdown>
    </Popover>
  );
}
