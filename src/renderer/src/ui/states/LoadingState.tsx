import { Skeleton } from "@mantine/core";
import classes from "./states.module.css";

/** Rows to come; drawn only once 200 ms have passed, so that quick answers do not flicker. */
export function LoadingState({ label, rows = 6 }: { readonly label: string; readonly rows?: number }) {
  return (
    <div className={classes.skeleton} role="status" aria-label={`Loading ${label}`}>
      {Array.from({ length: rows }, (_, row) => (
        <Skeleton key={row} height={16} width={`${88 - ((row * 17) % 40)}%`} />
      ))}
    </div>
  );
}
