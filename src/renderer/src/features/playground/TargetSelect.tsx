import { Select } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { queries } from "../../api/connection.ts";
import { toProblem } from "../../api/problem.ts";
import type { Target } from "./request.ts";
import { targetKey, targetName } from "./target-labels.ts";

interface TargetSelectProps {
  readonly label: string;
  readonly value: Target | null;
  readonly error: string | undefined;
  readonly onChange: (target: Target) => void;
}

const offered = 30;

/** Picks who is asked: a use case, with its fallbacks, or one of any number of versions, looked for by the backend. */
export function TargetSelect({ label, value, error, onChange }: TargetSelectProps) {
  const [typed, setTyped] = useState("");
  const [open, setOpen] = useState(false);
  const looked = typed === (value === null ? "" : targetName(value)) ? "" : typed.trim();
  const [text] = useDebouncedValue(looked, 150);
  const useCases = useQuery({ ...queries.registry.useCases.queryOptions(), enabled: open });
  const versions = useQuery({
    ...queries.registry.versions.queryOptions({
      input: { limit: offered, ...(text !== "" && { text: text.replaceAll("@", " ").trim() }) },
    }),
    placeholderData: keepPreviousData,
    enabled: open,
  });
  const useCaseChoices = (useCases.data ?? [])
    .filter(({ name, assignment }) => assignment !== null && name.includes(looked.toLowerCase()))
    .map(({ name }): Target => ({ type: "use_case", useCase: name }));
  const versionChoices = (versions.data?.items ?? [])
    .filter(({ status }) => status !== "retired")
    .map(({ id, model, version }): Target => ({ type: "version", versionId: id, model, version }));
  const found = [...useCaseChoices, ...versionChoices];
  // What is chosen is shown also where the search does not find it.
  const missing = value === null || found.some((target) => targetKey(target) === targetKey(value)) ? [] : [value];
  const failed = useCases.error ?? versions.error;
  return (
    <Select
      aria-label={label}
      size="xs"
      placeholder="A use case or a version"
      searchable
      value={value === null ? null : targetKey(value)}
      error={failed === null ? error : toProblem(failed).message}
      maxDropdownHeight={320}
      nothingFoundMessage={versions.isPending ? "Looking" : "Nothing of that name"}
      // The backend has searched already, also in tags and notes that are not shown here.
      filter={({ options }) => options}
      onSearchChange={setTyped}
      onDropdownOpen={() => setOpen(true)}
      onFocus={({ currentTarget }) => currentTarget.select()}
      data={[
        ...(missing.length > 0 ? [{ group: "Chosen", items: missing.map(choice) }] : []),
        { group: "Use cases", items: useCaseChoices.map(choice) },
        { group: "Versions", items: versionChoices.map(choice) },
      ].filter(({ items }) => items.length > 0)}
      onChange={(key) => {
        const target = [...found, ...missing].find((one) => targetKey(one) === key);
        if (target !== undefined) onChange(target);
      }}
    />
  );
}

function choice(target: Target) {
  return { value: targetKey(target), label: targetName(target) };
}
