import { CopyButton } from "../../ui/controls/CopyButton.tsx";
import { prettyJson } from "../../ui/json/json-text.ts";
import type { Answer, Exchange } from "./answers.ts";
import classes from "./Answers.module.css";

interface WireViewProps {
  readonly answer: Answer;
  readonly side: "request" | "response";
}

/** What went over the wire, one part for each attempt that reached it. */
export function WireView({ answer, side }: WireViewProps) {
  const { exchanges, state, blocked } = answer;
  if (exchanges.length === 0) {
    return (
      <p className={classes.waiting}>{state === "running" ? "Nothing was sent yet." : "Nothing went over the wire."}</p>
    );
  }
  return (
    <div className={classes.wire}>
      {exchanges.map((exchange, index) => {
        const shown = side === "request" ? requestOf(exchange) : responseOf(exchange);
        const title = exchanges.length === 1 ? "" : `Attempt ${index + 1}: `;
        return (
          // Exchanges are only ever added at the end.
          <section key={index} className={classes.exchange}>
            <header className={classes.wireHead}>
              <span className={classes.wireTitle}>
                {title}
                {shown.head}
              </span>
              {shown.body !== null && <CopyButton text={shown.body} label={`Copy ${side}`} word="Copy" />}
            </header>
            {shown.body === null ? (
              <p className={classes.waiting}>{missing(state === "running", blocked !== null)}</p>
            ) : (
              <pre className={classes.raw}>{prettyJson(shown.body)}</pre>
            )}
          </section>
        );
      })}
    </div>
  );
}

function requestOf({ request: { method, url, body } }: Exchange) {
  return { head: `${method} ${url}`, body };
}

function responseOf({ response }: Exchange) {
  if (response === null) return { head: "", body: null };
  return { head: response.status === null ? "No status" : `Status ${response.status}`, body: response.body };
}

function missing(running: boolean, blocked: boolean): string {
  if (running) return "Shown once the answer has ended.";
  return blocked
    ? "Not shown: part of this answer was held back. Reviewers find the original under Violations."
    : "Not shown: no whole response came for this attempt, or something in it had to be held.";
}
