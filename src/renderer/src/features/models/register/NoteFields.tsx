import { Select, TagsInput, Textarea } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { queries } from "../../../api/connection.ts";
import type { RegisterForm } from "./use-register-form.ts";

/** What people note of a version, and the use case it answers from the start. */
export function NoteFields({ form: { draft, errors, set } }: { readonly form: RegisterForm }) {
  const useCases = useQuery(queries.registry.useCases.queryOptions());
  return (
    <>
      <TagsInput
        label="Tags"
        placeholder={draft.tags.length === 0 ? "Enter adds one" : ""}
        size="sm"
        maxTags={32}
        value={[...draft.tags]}
        error={errors.tags}
        onChange={(tags) => set("tags", tags)}
      />
      <Textarea
        label="Note"
        autosize
        minRows={2}
        maxRows={8}
        maxLength={10_000}
        value={draft.note}
        error={errors.note}
        onChange={(event) => set("note", event.currentTarget.value)}
      />
      <Select
        label="Assign to use case"
        placeholder="nothing yet"
        clearable
        value={draft.useCase}
        error={errors.useCase}
        onChange={(value) => set("useCase", value)}
        data={useCases.data?.map(({ name }) => name) ?? []}
      />
    </>
  );
}
