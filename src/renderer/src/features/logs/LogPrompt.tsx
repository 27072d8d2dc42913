import type { InferenceRecord } from "../../../../shared/contract/logs.ts";
import { counted } from "../../../../shared/format.ts";
import { ToolCallCard } from "../../ui/request/ToolCallCard.tsx";
import classes from "./Logs.module.css";

/** The messages as they were sent, and the options with them. */
export function LogPrompt({ record }: { readonly record: InferenceRecord }) {
  return (
    <>
      {record.messages.map((message, index) => (
        // Messages never change once logged.
        <section key={index} className={classes.message}>
          <h3 className={classes.role}>
            {message.role}
            {message.toolName !== undefined && `, ${message.toolName}`}
          </h3>
          <div className={classes.content} dir="auto">
            {message.content}
          </div>
          {message.images !== undefined && message.images.length > 0 && (
            <p className={classes.faint}>with {counted(message.images.length, "image")}</p>
          )}
          {message.toolCalls?.map((call, at) => (
            // Not every server gives its calls ids of their own.
            <ToolCallCard key={at} call={call} />
          ))}
        </section>
      ))}
      {Object.keys(record.options).length > 0 && (
        <section className={classes.message}>
          <h3 className={classes.role}>options</h3>
          <pre className={classes.raw}>{JSON.stringify(record.options, null, 2)}</pre>
        </section>
      )}
    </>
  );
}
