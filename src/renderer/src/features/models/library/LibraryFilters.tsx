import { Button, Checkbox, Select } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import type { RefObject } from "react";
import { providerName, versionStatus } from "../../../../../shared/contract/registry.ts";
import { queries } from "../../../api/connection.ts";
import { KeyHint } from "../../../ui/text/KeyHint.tsx";
import classes from "./Library.module.css";
import { clearLibraryFilter, toVersionFilter, useLibraryFilter } from "./library-filter.ts";
import { providerWords } from "../version-labels.ts";
import { LimitedTextInput } from "../../../ui/fields/LimitedText.tsx";

/** One line of filters over the library; each asks the backend. */
export function LibraryFilters({ searchRef }: { readonly searchRef: RefObject<HTMLInputElement | null> }) {
  const filter = useLibraryFilter();
  const useCases = useQuery(queries.registry.useCases.queryOptions());
  const any = Object.keys(toVersionFilter(filter)).length > 0;
  return (
    <div className={classes.filters} role="search" aria-label="Library filters">
      <LimitedTextInput
        ref={searchRef}
        className={classes.search}
        size="xs"
        aria-label="Search versions"
        placeholder="Model, version, tag or note"
        leftSection={<IconSearch size={14} stroke={1.5} aria-hidden />}
        rightSection={<KeyHint keys="/" />}
        limit={200}
        value={filter.text}
        onChange={(event) => useLibraryFilter.setState({ text: event.currentTarget.value })}
      />
      <Select
        className={classes.filter}
        size="xs"
        aria-label="Provider"
        placeholder="Any provider"
        clearable
        data={providerName.options.map((value) => ({ value, label: providerWords[value] }))}
        value={filter.provider}
        onChange={(value) =>
          useLibraryFilter.setState({ provider: providerName.options.find((one) => one === value) ?? null })
        }
      />
      <Select
        className={classes.filter}
        size="xs"
        aria-label="Status"
        placeholder="Any status"
        clearable
        data={[...versionStatus.options]}
        value={filter.status}
        onChange={(value) =>
          useLibraryFilter.setState({ status: versionStatus.options.find((one) => one === value) ?? null })
        }
      />
      <Select
        className={classes.filter}
        size="xs"
        aria-label="Use case"
        placeholder="Any use case"
        clearable
        data={useCases.data?.map(({ name }) => name) ?? []}
        value={filter.useCase}
        onChange={(useCase) => useLibraryFilter.setState({ useCase })}
      />
      <LimitedTextInput
        className={classes.tagFilter}
        size="xs"
        aria-label="Tag"
        placeholder="Any tag"
        limit={64}
        value={filter.tag}
        onChange={(event) => useLibraryFilter.setState({ tag: event.currentTarget.value })}
      />
      <Checkbox
        size="xs"
        label="Drifted only"
        checked={filter.drifted}
        onChange={(event) => useLibraryFilter.setState({ drifted: event.currentTarget.checked })}
      />
      {any && (
        <Button variant="subtle" color="gray" onClick={clearLibraryFilter}>
          Clear filters
        </Button>
      )}
    </div>
  );
}
