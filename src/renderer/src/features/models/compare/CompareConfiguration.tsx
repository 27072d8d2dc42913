import { Checkbox } from "@mantine/core";
import { useState } from "react";
import type { ModelVersion } from "../../../../../shared/contract/registry.ts";
import { bytes, shortDigest, versionName, whole } from "../../../../../shared/format.ts";
import { StateMark } from "../../../ui/marks/StateMark.tsx";
import classes from "./Compare.module.css";
import { configurationRows } from "../configuration-rows.ts";
import { useServersModels, useVersionFacts, type VersionFacts } from "../version-facts.ts";

interface Sides {
  readonly left: ModelVersion;
  readonly right: ModelVersion;
}

/** Every setting and fact of two versions in one table; what differs is marked. */
export function CompareConfiguration({ left, right }: Sides) {
  const [onlyDifferent, setOnlyDifferent] = useState(false);
  const find = useServersModels();
  const leftRows = new Map(rowsOf(left, useVersionFacts(left, find)));
  const rightRows = new Map(rowsOf(right, useVersionFacts(right, find)));
  const names = [...new Set([...leftRows.keys(), ...rightRows.keys()])];
  const rows = names.map((name) => {
    const values = [leftRows.get(name), rightRows.get(name)] as const;
    return { name, values, differs: values[0] !== values[1] };
  });
  const different = rows.filter(({ differs }) => differs).length;
  return (
    <section className={classes.section} aria-labelledby="configuration-title">
      <header className={classes.sectionHead}>
        <h3 className={classes.title} id="configuration-title">
          Configuration and facts
        </h3>
        <span className={classes.faint}>
          {different === 0 ? "Nothing differs." : `${different} of ${rows.length} differ.`}
        </span>
        <Checkbox
          size="xs"
          label="Only what differs"
          checked={onlyDifferent}
          onChange={(event) => setOnlyDifferent(event.currentTarget.checked)}
        />
      </header>
      <table className={classes.table} aria-label="Configuration of both">
        <thead>
          <tr>
            <th scope="col">Setting</th>
            <th scope="col">{versionName(left)}</th>
            <th scope="col">{versionName(right)}</th>
            <th scope="col">Difference</th>
          </tr>
        </thead>
        <tbody>
          {rows
            .filter(({ differs }) => differs || !onlyDifferent)
            .map(({ name, values, differs }) => (
              <tr key={name} data-differs={differs || undefined}>
                <th scope="row">{name}</th>
                <td>{values[0] ?? <span className={classes.faint}>not set</span>}</td>
                <td>{values[1] ?? <span className={classes.faint}>not set</span>}</td>
                <td>
                  {differs ? <StateMark tone="warn">differs</StateMark> : <span className={classes.faint}>same</span>}
                </td>
              </tr>
            ))}
        </tbody>
      </table>
    </section>
  );
}

function rowsOf(version: ModelVersion, facts: VersionFacts): readonly (readonly [string, string])[] {
  const rows: (readonly [string, string | null])[] = [
    ["Model", version.model],
    ["Digest", version.digest === null ? null : shortDigest(version.digest)],
    ["Parameters", facts.parameters],
    ["Quantisation", facts.quantization],
    ["Size", facts.sizeBytes === null ? null : bytes(facts.sizeBytes)],
    ["Model's window", facts.contextTokens === null ? null : `${whole(facts.contextTokens)} tokens`],
    ["Status", version.status],
    ["Tags", version.tags.join(", ")],
  ];
  return [
    ...rows.flatMap(([name, value]) => (value === null || value === "" ? [] : [[name, value] as const])),
    ...configurationRows(version),
  ];
}
