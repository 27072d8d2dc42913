import { Button, Select } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { queries } from "../../api/connection.ts";
import type { Outcome } from "../../../../shared/contract/logs.ts";
import classes from "./Logs.module.css";
import { useLogFilter } from "./log-filter.ts";
import { outcomeWords } from "./OutcomeMark.tsx";

/** One line of filters over the table. */
export function LogFilters() {
  const filter = useLogFilter();
  const versions = useQuery(queries.registry.versions.queryOptions());
  const useCases = useQuery(queries.registry.useCases.queryOptions());
  const models = [...new Set(versions.data?.map(({ model }) => model) ?? [])];
  const any = filter.model !== null || filter.useCase !== null || filter.outcome !== null;
  return (
    <div className={classes.filters} role="search" aria-label="Log filters">
      <Select
        aria-label="Model"
        placeholder="Any model"
        size="xs"
        clearable
        data={models}
        value={filter.model}
        onChange={(model) => useLogFilter.setState({ model })}
      />
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
        data={Object.entries(outcomeWords).map(([value, label]) => ({ value, label }))}
        value={filter.outcome}
        onChange={(value) => useLogFilter.setState({ outcome: outcomes.find((one) => one === value) ?? null })}
      />
      {any && (
        <Button
          variant="subtle"
          color="gray"
          onClick={() => useLogFilter.setState({ model: null, useCase: null, outcome: null })}
        >
          Clear filters
        </Button>
      )}
    </div>
  );
}

// Every outcome is a key of the words.
const outcomes = Object.keys(outcomeWords) as Outcome[];
