import { Select } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { ModelVersion, VersionFilter } from "../../../../shared/contract/registry.ts";
import { queries } from "../../api/connection.ts";
import { toProblem } from "../../api/problem.ts";
import { versionName } from "../../../../shared/format.ts";

interface VersionSelectProps {
  readonly label: string;
  readonly placeholder?: string;
  /** Hides the label, which then is the accessible name alone. */
  readonly labelHidden?: boolean;
  readonly value: ModelVersion | null;
  readonly onChange: (version: ModelVersion | null) => void;
  /** Narrows what is offered, beside what is typed. */
  readonly filter?: Omit<VersionFilter, "text">;
  /** Versions that are not offered. */
  readonly without?: readonly string[];
  readonly clearable?: boolean;
}

const offered = 30;

/** Picks one of any number of versions: what is typed is looked for by the backend. Retired ones are not offered. */
export function VersionSelect({
  label,
  placeholder = "Type to search",
  labelHidden = false,
  value,
  onChange,
  filter,
  without = [],
  clearable = false,
}: VersionSelectProps) {
  const [typed, setTyped] = useState("");
  const [open, setOpen] = useState(false);
  const [text] = useDebouncedValue(typed === (value === null ? "" : versionName(value)) ? "" : typed, 150);
  const found = useQuery({
    ...queries.registry.versions.queryOptions({
      input: { ...filter, limit: offered, ...(text !== "" && { text: text.replaceAll("@", " ").trim() }) },
    }),
    placeholderData: keepPreviousData,
    enabled: open,
  });
  const versions = (found.data?.items ?? []).filter(({ id, status }) => status !== "retired" && !without.includes(id));
  const all = value === null || versions.some(({ id }) => id === value.id) ? versions : [value, ...versions];
  return (
    <Select
      {...(labelHidden ? { "aria-label": label } : { label })}
      size="xs"
      placeholder={placeholder}
      searchable
      clearable={clearable}
      allowDeselect={false}
      value={value?.id ?? null}
      searchValue={typed}
      onSearchChange={setTyped}
      onDropdownOpen={() => setOpen(true)}
      nothingFoundMessage={found.isPending ? "Looking" : "No version of that name"}
      error={found.isError ? toProblem(found.error).message : undefined}
      // The backend has searched already, also in notes and tags that are not shown here.
      filter={({ options }) => options}
      data={all.map((version) => ({ value: version.id, label: versionName(version) }))}
      onChange={(id) => {
        // Where the caller keeps no choice, the next search begins empty; a kept one puts its own name there.
        setTyped("");
        onChange(all.find((version) => version.id === id) ?? null);
      }}
    />
  );
}
