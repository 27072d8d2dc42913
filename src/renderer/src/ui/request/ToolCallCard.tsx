import { IconTool } from "@tabler/icons-react";
import type { ToolCall } from "../../../../shared/contract/inference.ts";
import classes from "./tool-call.module.css";

/** A tool the model wants called, with its arguments. */
export function ToolCallCard({ call }: { readonly call: ToolCall }) {
  return (
    <section className={classes.card} aria-label={`Tool call ${call.name}`}>
      <div className={classes.head}>
        <IconTool size={14} stroke={1.5} aria-hidden />
        <span className={classes.name}>{call.name}</span>
        <span className={classes.id}>{call.id}</span>
      </div>
      <pre className={classes.arguments}>{JSON.stringify(call.arguments, null, 2)}</pre>
    </section>
  );
}
