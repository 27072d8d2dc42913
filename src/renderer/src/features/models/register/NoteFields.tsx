import { Select, TagsInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { queries } from "../../../api/connection.ts";
import type { RegisterForm } from "./use-register-form.ts";
import { LimitedTextarea } from "../../../ui/fields/LimitedText.tsx";

/** What people note of a version, and the use case it answers from the start. */
export function NoteFields({ form: { draft, errors, set } }: { readonly form: RegisterForm }) {
  const useCases = useQuery(queries.registry.useCases.queryOptions());
  return (
    <>
      <TagsInput
        label="Tags"
        placeholder={draft.tags.length === 0 ? "Enter adds one" : ""}
        size="sm"
        value={[...draft.tags]}
        error={errors.tags}
        onChange={(tags) => set("tags", tags)}
      />
      <LimitedTextarea
        label="Note"
        autosize
        minRows={2}
        maxRows={8}
        limit={10_000}
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
