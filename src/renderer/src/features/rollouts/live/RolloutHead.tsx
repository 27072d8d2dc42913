import type { Rollout } from "../../../../../shared/contract/rollout-status.ts";
import { hrefOf } from "../../../shell/route.ts";
import { versionName } from "../../../../../shared/format.ts";
import { StateMark } from "../../../ui/marks/StateMark.tsx";
import { TimeText } from "../../../ui/text/TimeText.tsx";
import { Defined } from "../../../ui/text/Defined.tsx";
import parts from "../Parts.module.css";
import classes from "./RolloutHead.module.css";
import { stateMark, strategyWords } from "../rollout-labels.ts";
import { WaitingSentence } from "./WaitingSentence.tsx";

/** What is replaced by what, the state, and what it waits for. */
export function RolloutHead({ rollout }: { readonly rollout: Rollout }) {
  const { useCase, stable, candidate, plan, status, startedAtMs, finishedAtMs, waitingFor } = rollout;
  const { tone, word } = stateMark(status);
  return (
    <header className={classes.head}>
      <div className={classes.headLine}>
        <h2 className={classes.name}>
          <a href={hrefOf("models", "version", candidate.versionId)}>{versionName(candidate)}</a>
          <span className={parts.quiet}> instead of </span>
          <a href={hrefOf("models", "version", stable.versionId)}>{versionName(stable)}</a>
        </h2>
        <span className={classes.state} role="status" aria-label="State">
          <StateMark tone={tone}>{word}</StateMark>
        </span>
      </div>
      <p className={classes.waiting} role="status" aria-label="Waiting for">
        <WaitingSentence parts={waitingFor} />
      </p>
      <p className={parts.quiet}>
        {strategyWords[plan.strategy]} on {useCase}, {status.state === "scheduled" ? "planned" : "started"}{" "}
        <TimeText atMs={startedAtMs} />
        {finishedAtMs !== null && (
          <>
            , ended <TimeText atMs={finishedAtMs} />
          </>
        )}
        {plan.strategy === "canary" && plan.holdbackPercent > 0 && (
          <>
            , <Defined what="holdback">{plan.holdbackPercent} % held back</Defined> at the end
          </>
        )}
        {plan.shadowPercent > 0 && (
          <>
            , <Defined what="shadowPercent">{plan.shadowPercent} % shadowed</Defined>{" "}
            {plan.shadowThroughout ? "throughout" : "until its first calls"}
          </>
        )}
      </p>
    </header>
  );
}
