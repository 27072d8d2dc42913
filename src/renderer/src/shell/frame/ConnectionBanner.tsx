import { Loader } from "@mantine/core";
import { type ConnectionState, useConnection } from "../../api/connection-state.ts";
import { assertNever } from "../../ui/assert-never.ts";
import classes from "./Shell.module.css";

/** Shows that the backend went away and what to do; what is typed meanwhile is kept and saved once it is back. */
export function ConnectionBanner() {
  const state = useConnection(({ state }) => state);
  const words = wordsFor(state);
  return (
    <div role="status">
      {words !== null && (
        <div className={classes.banner}>
          {state === "lost" && <Loader size={14} color="gray" />}
          {words}
        </div>
      )}
    </div>
  );
}

function wordsFor(state: ConnectionState): string | null {
  switch (state) {
    case "connecting":
    case "open":
      return null;
    case "lost":
      return location.protocol === "app:"
        ? "Taleward's backend went away. Close the window and start Taleward again; saved text is safe."
        : "Taleward's backend went away. Reconnecting… What you type is kept and saved then.";
    case "refused":
      return "Taleward was started again and does not know this browser. Open the link it printed; what you type is kept here and saved then.";
    default:
      return assertNever(state);
  }
}
