import type { TestResult } from "../../../../../shared/contract/suites.ts";
import { hrefOf } from "../../../shell/route.ts";
import { versionName } from "../../../../../shared/format.ts";
import { StateMark } from "../../../ui/marks/StateMark.tsx";
import { TimingTable } from "../../../ui/call/TimingBar.tsx";
import { WithCode } from "../../../ui/text/WithCode.tsx";
import { assertionWords } from "../cases/assertion-labels.ts";
import { resultTones, resultWords } from "./result-labels.ts";
import classes from "../Suites.module.css";

interface ResultInspectorProps {
  readonly result: TestResult | undefined;
  /** The same case on the same version in the run it is compared with. */
  readonly before: TestResult | undefined;
}

/** One case on one version: what was answered, each assertion with what was found, and how long it took. */
export function ResultInspector({ result, before }: ResultInspectorProps) {
  if (result === undefined) {
    return <p className={classes.faint}>Choose a result to see its answer, its assertions and its times.</p>;
  }
  const { state, assertions, error, text, inferenceId } = result;
  return (
    <div className={classes.result} aria-busy={state === "running"}>
      <div>
        <h3 className={classes.resultTitle}>{result.caseName}</h3>
        <p className={classes.faint}>{versionName(result)}</p>
      </div>
      <div className={classes.resultState}>
        <StateMark tone={resultTones[state]}>{resultWords[state]}</StateMark>
        {before !== undefined && (
          <span className={classes.faint}>{resultWords[before.state].toLowerCase()} before</span>
        )}
        <span className={classes.spacer} />
        {inferenceId !== null && <a href={hrefOf("logs", inferenceId)}>Log entry</a>}
      </div>
      {error !== null && (
        <p className={classes.problem} role="note" aria-label="What went wrong">
          <WithCode text={`${error.message} ${error.remedy}`} />
        </p>
      )}
      {assertions.length > 0 && (
        <ul className={classes.checks} aria-label="Assertions">
          {assertions.map(({ assertion, passed, detail }, index) => (
            // The same assertion may stand there twice; they never move.
            <li key={index}>
              <StateMark tone={passed ? "good" : "bad"}>{passed ? "Met" : "Not met"}</StateMark>
              <span className={classes.check}>{assertionWords(assertion)}</span>
              {detail !== "" && <span className={classes.detail}>{detail}</span>}
            </li>
          ))}
        </ul>
      )}
      {text !== "" && (
        <>
          <h4 className={classes.partTitle}>Answer</h4>
          <div className={classes.answer} dir="auto" role="group" aria-label="Answer text">
            {text}
          </div>
        </>
      )}
      {before !== undefined && before.text !== "" && before.text !== text && (
        <details className={classes.earlier}>
          <summary>What was answered before</summary>
          <div className={classes.answer} dir="auto">
            {before.text}
          </div>
        </details>
      )}
      {result.timings !== null && (
        <>
          <h4 className={classes.partTitle}>Times</h4>
          <TimingTable {...result} />
        </>
      )}
    </div>
  );
}
