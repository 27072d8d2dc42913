import { Button, TagsInput } from "@mantine/core";
import { useState } from "react";
import type { ModelVersion } from "../../../../../shared/contract/registry.ts";
import { invalidate } from "../../../api/changes.ts";
import { api, queries } from "../../../api/connection.ts";
import { toProblem } from "../../../api/problem.ts";
import { useDraft } from "../../../ui/fields/drafts.ts";
import classes from "./VersionPage.module.css";
import { LimitedTextarea } from "../../../ui/fields/LimitedText.tsx";

type Field = "tags" | "aliases" | "note";

/** Tags, aliases and the note, the only things of a version that change; a refusal stands at its field. */
export function VersionAnnotations({ version }: { readonly version: ModelVersion }) {
  const [tags, setTags] = useState(version.tags);
  const [aliases, setAliases] = useState(version.aliases);
  const draft = useDraft(`note of ${version.id}`);
  // An emptied note is a note too.
  const [emptied, setEmptied] = useState(false);
  const note = draft.text !== "" || emptied ? draft.text : version.note;
  const setNote = (text: string): void => {
    setEmptied(text === "");
    draft.set(text === version.note ? "" : text);
  };
  const [errors, setErrors] = useState<Partial<Record<Field, string>>>({});
  const [saving, setSaving] = useState(false);
  const save = async (field: Field, value: string | string[]): Promise<boolean> => {
    setErrors({});
    try {
      await api.registry.annotate({ versionId: version.id, [field]: value });
      await invalidate(queries.registry.key());
      return true;
    } catch (error) {
      const problem = toProblem(error);
      setErrors({ [field]: `${problem.message} ${problem.remedy}` });
      return false;
    }
  };
  const saveNote = async (): Promise<void> => {
    setSaving(true);
    if (await save("note", note)) {
      draft.set("");
      setEmptied(false);
    }
    setSaving(false);
  };
  return (
    <section className={classes.card} aria-label="Tags, aliases and note">
      <TagsInput
        label="Tags"
        size="xs"
        placeholder={tags.length === 0 ? "Enter adds one" : ""}
        value={tags}
        error={errors.tags}
        onChange={(value) => {
          setTags(value);
          void save("tags", value); // a refusal is shown at the field
        }}
      />
      <TagsInput
        label="Aliases"
        description={`Another name for it, as ${version.model}@stable. It moves here from another version.`}
        size="xs"
        placeholder={aliases.length === 0 ? "Enter adds one" : ""}
        value={aliases}
        error={errors.aliases}
        onChange={(value) => {
          setAliases(value);
          void save("aliases", value); // a refusal is shown at the field
        }}
      />
      <LimitedTextarea
        label="Note"
        size="xs"
        autosize
        minRows={2}
        maxRows={12}
        limit={10_000}
        value={note}
        error={errors.note}
        onChange={(event) => setNote(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) void saveNote();
        }}
      />
      {note !== version.note && (
        <div className={classes.noteFoot}>
          <Button size="compact-xs" loading={saving} onClick={() => void saveNote()}>
            Save note
          </Button>
          <Button size="compact-xs" variant="subtle" color="gray" onClick={() => setNote(version.note)}>
            Discard
          </Button>
        </div>
      )}
    </section>
  );
}
