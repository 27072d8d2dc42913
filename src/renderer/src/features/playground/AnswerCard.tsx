import { Button, Tabs } from "@mantine/core";
import { memo } from "react";
import type { FinishReason } from "../../../../shared/contract/inference.ts";
import { hrefOf } from "../../shell/route.ts";
import { versionName } from "../../../../shared/format.ts";
import { SeverityMark } from "../../ui/marks/SeverityMark.tsx";
import { StateMark, type Tone } from "../../ui/marks/StateMark.tsx";
import { TimingLine } from "../../ui/call/TimingBar.tsx";
import { AnswerBody } from "./AnswerBody.tsx";
import { type Answer, type AnswerState, type Done, stop } from "./answers.ts";
import classes from "./Answers.module.css";
import { focusLastMessage } from "./focus.ts";
import { continueWith } from "./request.ts";
import { targetName } from "./target-labels.ts";
import { WireView } from "./WireView.tsx";

interface AnswerCardProps {
  readonly answer: Answer;
  /** Its position among those beside it, from 1. */
  readonly position: number;
  readonly json: boolean;
}

/** One answer as it arrives, with how it went beneath and what went over the wire behind. The others' words do not redraw it. */
export const AnswerCard = memo(function AnswerCard({ answer, position, json }: AnswerCardProps) {
  const { state, done, target, answering } = answer;
  const running = state === "running";
  const name = answering === null ? targetName(target) : versionName(answering);
  return (
    <article
      className={classes.card}
      aria-label={`Answer ${position}: ${targetName(target)}`}
      aria-busy={running}
      data-state={state}
    >
      <header className={classes.head}>
        <h2 className={classes.name} title={target.type === "use_case" ? `${name} for ${target.useCase}` : name}>
          {name}
          {target.type === "use_case" && answering !== null && (
            <span className={classes.for}> for {target.useCase}</span>
          )}
        </h2>
        <StateMark tone={tones[state]}>{words[state]}</StateMark>
        {running && (
          <Button variant="default" size="compact-xs" onClick={() => stop(answer.key)}>
            Stop
          </Button>
        )}
      </header>
      <Tabs
        defaultValue="answer"
        keepMounted={false}
        classNames={{ root: classes.tabs, panel: classes.panel, tab: classes.tab }}
      >
        <Tabs.List aria-label={`Answer ${position}`}>
          <Tabs.Tab value="answer">Answer</Tabs.Tab>
          <Tabs.Tab value="request">Raw request</Tabs.Tab>
          <Tabs.Tab value="response">Raw response</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="answer" tabIndex={0}>
          <AnswerBody answer={answer} json={json} />
        </Tabs.Panel>
        <Tabs.Panel value="request" tabIndex={0}>
          <WireView answer={answer} side="request" />
        </Tabs.Panel>
        <Tabs.Panel value="response" tabIndex={0}>
          <WireView answer={answer} side="response" />
        </Tabs.Panel>
      </Tabs>
      <footer className={classes.foot}>
        {done !== null && <TimingLine {...done} />}
        <div className={classes.footRow}>
          <span className={classes.ending}>
            {done !== null && finishWords[done.finishReason]}
            {done !== null && <VerdictMark verdict={done.verdict} />}
          </span>
          {answer.inferenceId !== null && <a href={hrefOf("logs", answer.inferenceId)}>Log entry</a>}
          {state === "done" && (
            <Button
              variant="default"
              size="compact-xs"
              onClick={() => {
                continueWith(answer.text, [...answer.toolCalls]);
                requestAnimationFrame(focusLastMessage);
              }}
              aria-label={`Continue from answer ${position}`}
            >
              Continue
            </Button>
          )}
        </div>
      </footer>
    </article>
  );
});

function VerdictMark({ verdict: { severity, findings } }: Pick<Done, "verdict">) {
  if (severity === "none") return <StateMark tone="good">clean</StateMark>;
  return (
    <span title={findings.map(({ message }) => message).join("\n")}>
      <SeverityMark severity={severity} />
    </span>
  );
}

const words: Record<AnswerState, string> = {
  running: "Answering",
  done: "Answered",
  held: "Held",
  stopped: "Stopped",
  failed: "Failed",
  interrupted: "Interrupted",
};

const tones: Record<AnswerState, Tone> = {
  running: "busy",
  done: "good",
  held: "warn",
  stopped: "quiet",
  failed: "bad",
  interrupted: "warn",
};

const finishWords: Record<FinishReason, string> = {
  stop: "Complete",
  length: "Cut at its longest",
  repetition: "Ended for repeating itself",
  tool_calls: "Wants a tool called",
  held: "Held by the checks",
  stopped: "Stopped",
};
