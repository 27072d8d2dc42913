import { Button } from "@mantine/core";
import { IconFlask2 } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { queries } from "../../api/connection.ts";
import { hrefOf } from "../../shell/route.ts";
import { EmptyState } from "../../ui/states/EmptyState.tsx";
import { FailedState } from "../../ui/states/FailedState.tsx";
import { AnswerCard } from "./AnswerCard.tsx";
import { useAnswers } from "./answers.ts";
import classes from "./Answers.module.css";

/** The answers side by side, or what to do to see some. */
export function AnswersPane() {
  const { answers, question } = useAnswers();
  const versions = useQuery(queries.registry.versions.queryOptions({ input: { limit: 1 } }));
  if (answers.length > 0) {
    return (
      <section className={classes.pane} aria-label="Answers">
        <div className={classes.grid} data-count={answers.length}>
          {answers.map((answer, index) => (
            <AnswerCard
              key={answer.key}
              answer={answer}
              position={index + 1}
              json={question?.options.format !== undefined}
            />
          ))}
        </div>
      </section>
    );
  }
  return (
    <section className={classes.pane} aria-label="Answers" data-empty>
      {versions.isError && <FailedState error={versions.error} onRetry={() => void versions.refetch()} />}
      {versions.data?.total === 0 && (
        <EmptyState
          icon={<IconFlask2 size={22} stroke={1.5} />}
          title="No model is registered yet"
          action={
            <Button component="a" href={hrefOf("models")} variant="default">
              Go to Models
            </Button>
          }
        >
          Register one, or install the built-in engine there. What you write here is kept meanwhile.
        </EmptyState>
      )}
      {versions.data !== undefined && versions.data.total > 0 && (
        <EmptyState icon={<IconFlask2 size={22} stroke={1.5} />} title="Ask up to four models the same">
          Write a message on the left and run it. The answers arrive here side by side, checked like everything else,
          each with its times and with what went over the wire.
        </EmptyState>
      )}
    </section>
  );
}
