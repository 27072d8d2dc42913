import { NativeSelect, TextInput } from "@mantine/core";
import { useState } from "react";
import { type Story, type StoryStyle, storyStyle, textKind } from "../../../../../shared/contract/story.ts";
import { invalidate } from "../../../api/changes.ts";
import { api, queries } from "../../../api/connection.ts";
import { FormDialog } from "../../../ui/dialogs/FormDialog.tsx";
import { LimitedTextInput } from "../../../ui/fields/LimitedText.tsx";
import { kindLabels, personLabels, tenseLabels } from "./style-labels.ts";

interface StyleDialogProps {
  readonly story: Story;
  readonly onClose: () => void;
}

/** How a story is written, as its writer wants it; what is left open is ordered of no model. */
export function StyleDialog({ story, onClose }: StyleDialogProps) {
  const [style, setStyle] = useState<StoryStyle>(story.style);
  const [words, setWords] = useState(story.style.words === undefined ? "" : String(story.style.words));
  const set = (part: Partial<Record<keyof StoryStyle, string>>): void => {
    const open = Object.entries({ ...style, ...part }).filter(([, value]) => value !== "");
    setStyle(Object.fromEntries(open) as StoryStyle); // of the selects below
  };
  const save = async (): Promise<void> => {
    const { words: _, ...rest } = style;
    await api.story.setStyle({
      storyId: story.id,
      style: words.trim() === "" ? rest : { ...rest, words: Number(words) },
    });
    await Promise.all([invalidate(queries.story.list.key()), invalidate(queries.story.outline.key())]);
  };
  return (
    <FormDialog
      title="How the story is written"
      submitLabel="Save"
      refuse={() => wrongWords(words)}
      onSubmit={save}
      onClose={onClose}
    >
      {(error, forgive) => (
        <>
          <NativeSelect
            label="Kind of text"
            data-autofocus
            value={style.kind ?? ""}
            data={choices("As the prompt says", textKind.options, kindLabels)}
            onChange={({ currentTarget }) => set({ kind: currentTarget.value })}
          />
          <NativeSelect
            label="Person"
            value={style.person ?? ""}
            data={choices("As the passage so far", ["first", "second", "third"], personLabels)}
            onChange={({ currentTarget }) => set({ person: currentTarget.value })}
          />
          <NativeSelect
            label="Tense"
            value={style.tense ?? ""}
            data={choices("As the passage so far", ["past", "present"], tenseLabels)}
            onChange={({ currentTarget }) => set({ tense: currentTarget.value })}
          />
          <LimitedTextInput
            label="Tone"
            placeholder="As the passage so far"
            limit={500}
            value={style.tone ?? ""}
            onChange={({ currentTarget }) => set({ tone: currentTarget.value })}
          />
          <TextInput
            label="Length, in words"
            placeholder="As the model's version says"
            inputMode="numeric"
            value={words}
            error={error}
            onChange={({ currentTarget }) => {
              setWords(currentTarget.value);
              forgive();
            }}
          />
        </>
      )}
    </FormDialog>
  );
}

function choices<Value extends string>(open: string, values: readonly Value[], labels: Record<Value, string>) {
  return [{ value: "", label: open }, ...values.map((value) => ({ value, label: labels[value] }))];
}

function wrongWords(words: string): string | null {
  if (words.trim() === "" || storyStyle.safeParse({ words: Number(words) }).success) return null;
  return "Give a whole number of words from 10 to 5,000, or leave it empty.";
}
