import { Button, Select } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { queries } from "../../api/connection.ts";
import type { Outcome } from "../../../../shared/contract/logs.ts";
import classes from "./Logs.module.css";
import { useLogFilter } from "../../shell/log-filter.ts";
import { outcomeLabels } from "../../ui/marks/OutcomeMark.tsx";

/** One line of filters over the table. */
export function LogFilters() {
  const filter = useLogFilter();
  const useCases = useQuery(queries.registry.useCases.queryOptions());
  const any = filter.model !== null || filter.useCase !== null || filter.outcome !== null || filter.byFallback;
  return (
    <div className={classes.filters} role="search" aria-label="Log filters">
      <ModelFilter />
      <Select
        aria-label="Use case"
        placeholder="Any use case"
        size="xs"
        clearable
        data={useCases.data?.map(({ name }) => name) ?? []}
        value={filter.useCase}
        onChange={(useCase) => useLogFilter.setState({ useCase })}
      />
      <Select
        aria-label="Outcome"
        placeholder="Any outcome"
        size="xs"
        clearable
        data={[...Object.entries(outcomeLabels).map(([value, label]) => ({ value, label })), fallbackChoice]}
        value={filter.byFallback ? fallbackChoice.value : filter.outcome}
        onChange={(value) =>
          useLogFilter.setState({
            outcome: outcomes.find((one) => one === value) ?? null,
            byFallback: value === fallbackChoice.value,
          })
        }
      />
      {any && (
        <Button
          variant="subtle"
          color="gray"
          onClick={() => useLogFilter.setState({ model: null, useCase: null, outcome: null, byFallback: false })}
        >
          Clear filters
        </Button>
      )}
    </div>
  );
}

/** Any registered model by name; there may be thousands, so what is typed is looked for by the backend. */
function ModelFilter() {
  const model = useLogFilter((filter) => filter.model);
  const [typed, setTyped] = useState("");
  const [text] = useDebouncedValue(typed === model ? "" : typed.trim(), 150);
  const found = useQuery({
    ...queries.registry.versions.queryOptions({ input: { limit: 100, ...(text !== "" && { text }) } }),
    placeholderData: keepPreviousData,
  }).data;
  const models = new Set(found?.items.map((version) => version.model));
  if (model !== null) models.add(model);
  return (
    <Select
      aria-label="Model"
      placeholder="Any model"
      size="xs"
      clearable
      searchable
      nothingFoundMessage="No model of that name"
      data={[...models]}
      filter={({ options }) => options}
      value={model}
      onSearchChange={setTyped}
      onChange={(chosen) => useLogFilter.setState({ model: chosen })}
    />
  );
}

const fallbackChoice = { value: "by-fallback", label: "Answered by a fallback" };

// Every outcome is a key of the words.
const outcomes = Object.keys(outcomeLabels) as Outcome[];
