import { Anchor, Button } from "@mantine/core";
import { IconSparkles } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { promptLimit, type Story } from "../../../../../shared/contract/story.ts";
import { queries } from "../../../api/connection.ts";
import { useActions } from "../../../shell/actions/actions.ts";
import { hrefOf } from "../../../shell/route.ts";
import { draftOf, setDraft, useDraft } from "../../../ui/fields/drafts.ts";
import { LimitedTextarea } from "../../../ui/fields/LimitedText.tsx";
import { isRefused } from "../../../ui/fields/text-limit.ts";
import { StateMark } from "../../../ui/marks/StateMark.tsx";
import { StyleButton } from "../style/StyleButton.tsx";
import classes from "../Stories.module.css";
import { focusPrompt, usePromptFocus } from "./prompt-focus.ts";

interface PromptDockProps {
  readonly question: string;
  /** What is typed is kept under this name until it is sent. */
  readonly draftKey: string;
  /** Whose style is shown; absent before there is a story. */
  readonly story?: Story | undefined;
  /** Another button is the primary one now. */
  readonly quiet?: boolean;
  /** Resolves to false when nothing came of it, so that the prompt is kept. */
  readonly onPrompt: (prompt: string) => Promise<boolean>;
}

/** Where the next prompt is written. Enter generates, Shift Enter starts a new line. */
export function PromptDock({ question, draftKey, story, quiet = false, onPrompt }: PromptDockProps) {
  const { text: prompt, isLoaded, set } = useDraft(draftKey);
  const [starting, setStarting] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const field = useRef<HTMLTextAreaElement>(null);
  const trouble = useTrouble();
  const isWanted = usePromptFocus(({ isWanted }) => isWanted);
  useEffect(() => {
    if (!isWanted) return;
    usePromptFocus.setState({ isWanted: false });
    field.current?.focus();
  }, [isWanted]);
  useLayoutEffect(() => {
    const own = field.current;
    // Whoever writes here goes on in the next one, such as that of the passage the first prompt began.
    return () => {
      if (document.activeElement === own) focusPrompt();
    };
  }, []);
  useActions(
    useMemo(() => [{ id: "prompt", group: "Passage", label: "Write a prompt", keys: "alt+P", run: focusPrompt }], []),
  );
  const submit = async (): Promise<void> => {
    if (prompt.trim() === "" || starting || trouble.blocked) return;
    if (form.current !== null && isRefused(form.current)) return;
    setStarting(true);
    try {
      // What was typed meanwhile stays.
      if ((await onPrompt(prompt.trim())) && draftOf(draftKey) === prompt) setDraft(draftKey, "");
    } finally {
      setStarting(false);
      focusPrompt();
    }
  };
  return (
    <form
      ref={form}
      className={classes.dock}
      aria-label="Prompt"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void submit(); // shows its own failure
      }}
    >
      <div className={classes.dockInner}>
        <LimitedTextarea
          ref={field}
          aria-label={question}
          placeholder={question}
          autosize
          minRows={2}
          maxRows={8}
          limit={promptLimit}
          readOnly={!isLoaded}
          value={prompt}
          onChange={(event) => set(event.currentTarget.value)}
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
              "Enter generates, Shift Enter starts a new line."
            ) : (
              <>
                <StateMark tone="warn">{trouble.message}</StateMark>{" "}
                <Anchor href={hrefOf("models")} size="xs" underline="always">
                  Choose a model
                </Anchor>
              </>
            )}
          </span>
          {story !== undefined && <StyleButton story={story} />}
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

/** Puts a prompt that was sent before back into the field, before what is typed there. */
export function editAgain(draftKey: string, prompt: string): void {
  const typed = draftOf(draftKey);
  if (!typed.startsWith(prompt)) setDraft(draftKey, typed === "" ? prompt : `${prompt}\n\n${typed}`);
  focusPrompt();
}

function useTrouble(): { readonly message: string | null; readonly blocked: boolean } {
  const status = useQuery(queries.inference.status.queryOptions({ input: { useCase: "story_generation" } })).data;
  if (status === undefined) return { message: null, blocked: false };
  if (status.assigned === null) return { message: "No model answers story_generation yet.", blocked: true };
  return { message: status.trouble, blocked: false };
}
