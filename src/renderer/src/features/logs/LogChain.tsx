import type { InferenceRecord } from "../../../../shared/contract/logs.ts";
import { AttemptChain } from "../../ui/call/AttemptChain.tsx";
import classes from "./Logs.module.css";

/** Every attempt the call took, from the first version asked to how it ended. */
export function LogChain({ record }: { readonly record: InferenceRecord }) {
  if (record.attempts.length === 0) {
    return <p className={classes.faint}>No attempt is on record: the call has not ended, or was cut off.</p>;
  }
  return <AttemptChain attempts={record.attempts} />;
}
