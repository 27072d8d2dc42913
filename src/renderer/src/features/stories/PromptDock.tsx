import { Anchor, Button, Textarea } from "@mantine/core";
import { IconSparkles } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useMemo, useRef, useState } from "react";
import { queries } from "../../api/connection.ts";
import { useActions } from "../../shell/actions/actions.ts";
import { hrefOf } from "../../shell/route.ts";
import { StateMark } from "../../ui/marks/StateMark.tsx";
import classes from "./Stories.module.css";

interface PromptDockProps {
  readonly question: string;
  /** Another button is the primary one now. */
  readonly quiet?: boolean;
  /** Resolves to false when nothing came of it, so that the prompt is kept. */
  readonly onPrompt: (prompt: string) => Promise<boolean>;
}

/** Where the next prompt is written. Enter generates, Shift Enter starts a new line. */
export function PromptDock({ question, quiet = false, onPrompt }: PromptDockProps) {
  const [prompt, setPrompt] = useState("");
  const [starting, setStarting] = useState(false);
  const field = useRef<HTMLTextAreaElement>(null);
  const trouble = useTrouble();
  useActions(
    useMemo(
      () => [
        { id: "prompt", group: "Passage", label: "Write a prompt", keys: "alt+P", run: () => field.current?.focus() },
      ],
      [],
    ),
  );
  const submit = async (): Promise<void> => {
    if (prompt.trim() === "" || starting || trouble.blocked) return;
    setStarting(true);
    try {
      if (await onPrompt(prompt.trim())) setPrompt("");
    } finally {
      setStarting(false);
      field.current?.focus();
    }
  };
  return (
    <form
      className={classes.dock}
      aria-label="Prompt"
      onSubmit={(event) => {
        event.preventDefault();
        void submit(); // shows its own failure
      }}
    >
      <div className={classes.dockInner}>
        <Textarea
          ref={field}
          aria-label={question}
          placeholder={question}
          autosize
          minRows={2}
          maxRows={8}
          maxLength={20_000}
          value={prompt}
          onChange={(event) => setPrompt(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key !== "Enter" || event.shiftKey || event.ctrlKey || event.metaKey) return;
            if (event.nativeEvent.isComposing) return;
            event.preventDefault();
            void submit(); // shows its own failure
          }}
        />
        <div className={classes.dockRow}>
          <span className={classes.hint}>
            {trouble.message === null ? (
              "Enter generates, Shift Enter starts a new line. Nothing appears before it is checked."
            ) : (
              <>
                <StateMark tone="warn">{trouble.message}</StateMark>{" "}
                <Anchor href={hrefOf("models")} size="xs" underline="always">
                  Choose a model
                </Anchor>
              </>
            )}
          </span>
          <Button
            type="submit"
            variant={quiet ? "light" : "filled"}
            loading={starting}
            disabled={trouble.blocked || prompt.trim() === ""}
            leftSection={<IconSparkles size={14} stroke={1.5} />}
          >
            Generate
          </Button>
        </div>
      </div>
    </form>
  );
}

function useTrouble(): { readonly message: string | null; readonly blocked: boolean } {
  const status = useQuery(queries.inference.status.queryOptions({ input: { useCase: "story_generation" } })).data;
  if (status === undefined) return { message: null, blocked: false };
  if (status.assigned === null) return { message: "No model answers story_generation yet.", blocked: true };
  return { message: status.trouble, blocked: false };
}
