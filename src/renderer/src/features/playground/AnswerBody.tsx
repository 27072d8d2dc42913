import { AttemptChain } from "../../ui/call/AttemptChain.tsx";
import { attemptWords } from "../../ui/call/attempt-labels.ts";
import { SeverityMark } from "../../ui/marks/SeverityMark.tsx";
import { StateMark } from "../../ui/marks/StateMark.tsx";
import { ToolCallCard } from "../../ui/request/ToolCallCard.tsx";
import { usePinnedScroll } from "../../ui/use-pinned-scroll.ts";
import { WithCode } from "../../ui/text/WithCode.tsx";
import { prettyJson } from "../../ui/json/json-text.ts";
import type { Answer } from "./answers.ts";
import classes from "./Answers.module.css";

interface AnswerBodyProps {
  readonly answer: Answer;
  /** Whether JSON was asked for, which is laid out once it is whole. */
  readonly json: boolean;
}

/** Everything an answer holds: what came before it, its thoughts, its text, its tools, what was blocked, what went wrong. */
export function AnswerBody({ answer, json }: AnswerBodyProps) {
  const { attempts, thoughts, text, toolCalls, blocked, failure, done, state } = answer;
  const { scroller, content } = usePinnedScroll(state === "running");
  const nothing = thoughts === "" && text === "" && toolCalls.length === 0 && blocked === null && failure === null;
  return (
    <div className={classes.scroller} ref={scroller}>
      <div className={classes.body} ref={content}>
        {(attempts.length > 1 || (attempts.length === 1 && state === "running")) && (
          <details className={classes.folded}>
            <summary>{attempts.slice(0, -1).map(attemptWords).at(-1) ?? attempts.map(attemptWords).at(-1)}</summary>
            <AttemptChain attempts={attempts} />
          </details>
        )}
        {answer.registryStale && (
          <StateMark tone="warn">Registry cannot be read: the last known assignment answers</StateMark>
        )}
        {done?.promptTruncated === true && (
          <p className={classes.warning} role="note" aria-label="Prompt cut">
            <StateMark tone="warn">The server cut the prompt to its context window</StateMark> What came first was not
            read. Shorten the messages, or give the version a longer context.
          </p>
        )}
        {thoughts !== "" && (
          <details className={classes.folded}>
            <summary>{state === "running" && text === "" ? "Thinking" : "Thoughts"}</summary>
            <div className={classes.thoughts} dir="auto">
              {thoughts}
            </div>
          </details>
        )}
        {text !== "" && (
          <div
            className={json ? classes.json : classes.text}
            dir={json ? "ltr" : "auto"}
            role="group"
            aria-label="Answer text"
          >
            {json && state !== "running" ? prettyJson(text) : text}
          </div>
        )}
        {toolCalls.map((call, index) => (
          // Not every server gives its calls ids of their own.
          <ToolCallCard key={index} call={call} />
        ))}
        {blocked !== null && (
          <section className={classes.held} role="note" aria-label="Held">
            <div className={classes.heldHead}>
              <SeverityMark severity={blocked.severity} />
              <span>Held back</span>
            </div>
            <p>{blocked.reason}</p>
            <blockquote className={classes.fallback} dir="auto">
              {blocked.fallback}
            </blockquote>
          </section>
        )}
        {failure !== null && (
          <section className={classes.held} role="note" aria-label="What went wrong">
            <StateMark tone="bad">
              {text === "" ? "No answer came" : "Broken off: what had come stands above"}
            </StateMark>
            <p>
              <WithCode text={`${failure.message} ${failure.remedy}`} />
            </p>
          </section>
        )}
        {nothing && state === "running" && <p className={classes.waiting}>Waiting for the first token</p>}
        {nothing && state === "stopped" && <p className={classes.waiting}>Stopped before the first token.</p>}
        {nothing && state === "interrupted" && <p className={classes.waiting}>The answer broke off.</p>}
        {nothing && state === "done" && <p className={classes.waiting}>The model answered with nothing.</p>}
      </div>
      {state === "running" && <div className={classes.checking} role="status" aria-label="Writing and checking" />}
    </div>
  );
}
