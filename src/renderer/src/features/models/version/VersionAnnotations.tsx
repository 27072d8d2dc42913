import { Button, TagsInput, Textarea } from "@mantine/core";
import { useState } from "react";
import type { ModelVersion } from "../../../../../shared/contract/registry.ts";
import { invalidate } from "../../../api/changes.ts";
import { api, queries } from "../../../api/connection.ts";
import { toProblem } from "../../../api/problem.ts";
import classes from "./VersionPage.module.css";

type Field = "tags" | "aliases" | "note";

/** Tags, aliases and the note, the only things of a version that change; a refusal stands at its field. */
export function VersionAnnotations({ version }: { readonly version: ModelVersion }) {
  const [tags, setTags] = useState(version.tags);
  const [aliases, setAliases] = useState(version.aliases);
  const [note, setNote] = useState(version.note);
  const [errors, setErrors] = useState<Partial<Record<Field, string>>>({});
  const [saving, setSaving] = useState(false);
  const save = async (field: Field, value: string | string[]): Promise<void> => {
    setErrors({});
    try {
      await api.registry.annotate({ versionId: version.id, [field]: value });
      await invalidate(queries.registry.key());
    } catch (error) {
      const problem = toProblem(error);
      setErrors({ [field]: `${problem.message} ${problem.remedy}` });
    }
  };
  const saveNote = async (): Promise<void> => {
    setSaving(true);
    await save("note", note);
    setSaving(false);
  };
  return (
    <section className={classes.card} aria-label="Tags, aliases and note">
      <TagsInput
        label="Tags"
        size="xs"
        placeholder={tags.length === 0 ? "Enter adds one" : ""}
        maxTags={32}
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
        maxTags={32}
        value={aliases}
        error={errors.aliases}
        onChange={(value) => {
          setAliases(value);
          void save("aliases", value); // a refusal is shown at the field
        }}
      />
      <Textarea
        label="Note"
        size="xs"
        autosize
        minRows={2}
        maxRows={12}
        maxLength={10_000}
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
