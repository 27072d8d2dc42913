import type { Attempt } from "../../../../shared/contract/inference.ts";
import { attemptWords } from "./attempt-labels.ts";
import classes from "./attempt-chain.module.css";
import { duration, shortAddress } from "../../../../shared/format.ts";

/** Every attempt of a call in order, each with why the next one was made. */
export function AttemptChain({ attempts }: { readonly attempts: readonly Attempt[] }) {
  return (
    <ol className={classes.chain} aria-label="Attempts">
      {attempts.map((attempt) => (
        <li
          key={`${attempt.atMs} ${attempt.versionId ?? ""}`}
          className={classes.attempt}
          data-outcome={attempt.outcome}
        >
          <span className={classes.words}>{attemptWords(attempt)}</span>
          <span className={classes.facts}>
            {attempt.endpoint !== null && `${shortAddress(attempt.endpoint)}, `}
            {duration(attempt.durationMs)}
          </span>
          {attempt.message !== null && <span className={classes.message}>{attempt.message}</span>}
        </li>
      ))}
    </ol>
  );
}
