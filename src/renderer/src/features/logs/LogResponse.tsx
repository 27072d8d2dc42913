import type { InferenceRecord } from "../../../../shared/contract/logs.ts";
import { ToolCallCard } from "../../ui/request/ToolCallCard.tsx";
import { StateMark } from "../../ui/marks/StateMark.tsx";
import { leftOutWords, RawText } from "../../ui/text/RawText.tsx";
import { WithCode } from "../../ui/text/WithCode.tsx";
import classes from "./Logs.module.css";

/** How a call ended and what the reader was shown: text, thoughts, tool calls. */
export function LogResponse({ record }: { readonly record: InferenceRecord }) {
  const { errorMessage, errorRemedy, errorClass, response, thoughts, toolCalls, promptTruncated, raw, leftOut } =
    record;
  const leftOutLine = leftOutWords(leftOut);
  return (
    <>
      {errorMessage !== null && (
        <p className={classes.error}>
          <WithCode text={errorRemedy === null ? errorMessage : `${errorMessage} ${errorRemedy}`} />{" "}
          {errorClass !== null && `(${errorClass})`}
        </p>
      )}
      {promptTruncated && (
        <p className={classes.cut}>
          <StateMark tone="warn">The server cut the prompt to its context window</StateMark> What came first was not
          read.
        </p>
      )}
      {thoughts !== "" && (
        <details className={classes.thoughts}>
          <summary>Thoughts</summary>
          <div className={classes.content} dir="auto">
            {thoughts}
          </div>
        </details>
      )}
      {response !== "" && (
        <div className={classes.response} dir="auto">
          {response}
        </div>
      )}
      {leftOutLine !== null && (
        <details className={classes.leftOut}>
          <summary>{leftOutLine}. Show the answer as the model wrote it</summary>
          <div className={classes.response} dir="auto">
            <RawText raw={raw} leftOut={leftOut} />
          </div>
        </details>
      )}
      {response === "" && toolCalls.length === 0 && <p className={classes.faint}>Nothing was shown to the reader.</p>}
      {toolCalls.map((call, index) => (
        // Not every server gives its calls ids of their own.
        <ToolCallCard key={index} call={call} />
      ))}
    </>
  );
}
