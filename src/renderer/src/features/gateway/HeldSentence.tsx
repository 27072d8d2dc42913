import { Button, Textarea } from "@mantine/core";
import { useState } from "react";
import { queryClient } from "../../api/changes.ts";
import { api, queries } from "../../api/connection.ts";
import { toProblem } from "../../api/problem.ts";
import type { GatewayStatus } from "../../../../shared/contract/gateway.ts";
import { notify } from "../../ui/notify/notify.ts";
import classes from "./Gateway.module.css";

const limit = 500;

/** What programs read in place of a text that was held back, where the API has no word for it. */
export function HeldSentence({ status }: { readonly status: GatewayStatus }) {
  const [sentence, setSentence] = useState(status.heldSentence);
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const save = async (): Promise<void> => {
    const wrong = whatIsWrong(sentence);
    setError(wrong);
    if (wrong !== null) return;
    setBusy(true);
    try {
      const saved = await api.gateway.configure({ heldSentence: sentence });
      queryClient.setQueryData(queries.gateway.status.queryKey(), saved);
      notify("The gateway’s settings are saved.");
    } catch (failure) {
      const problem = toProblem(failure);
      setError(`${problem.message} ${problem.remedy}`);
    } finally {
      setBusy(false);
    }
  };
  return (
    <form
      className={classes.held}
      aria-label="Held text"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void save(); // its failure is shown at the field
      }}
    >
      <Textarea
        label="In place of held text, in Ollama’s API"
        description="{reason} is why, {fallback} the text the guardrails give. The other APIs say it in fields of their own."
        size="xs"
        autosize
        minRows={1}
        value={sentence}
        error={error}
        onChange={({ currentTarget }) => setSentence(currentTarget.value)}
      />
      <Button
        type="submit"
        variant="default"
        aria-label="Save held text"
        loading={busy}
        disabled={sentence.trim() === status.heldSentence}
      >
        Save
      </Button>
    </form>
  );
}

function whatIsWrong(sentence: string): string | null {
  if (sentence.trim() === "") return "Give a sentence: programs would show nothing at all.";
  const { length } = sentence.trim();
  return length > limit ? `It has ${length} characters. Give ${limit} at most.` : null;
}
