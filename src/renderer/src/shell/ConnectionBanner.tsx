import { Loader } from "@mantine/core";
import { useConnection } from "../api/connection.ts";
import classes from "./Shell.module.css";

/** Quietly says that the backend went away; what is typed meanwhile is kept and saved once it is back. */
export function ConnectionBanner() {
  const state = useConnection(({ state }) => state);
  return (
    <div role="status">
      {state === "lost" && (
        <div className={classes.banner}>
          <Loader size={14} color="gray" />
          {location.protocol === "app:"
            ? "Taleward's backend went away. Close the window and start Taleward again; saved text is safe."
            : "Taleward's backend went away. Reconnecting… What you type is kept and saved then."}
        </div>
      )}
    </div>
  );
}
