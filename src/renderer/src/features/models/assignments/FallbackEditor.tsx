import { ActionIcon, Button, Group } from "@mantine/core";
import { IconArrowDown, IconArrowUp, IconX } from "@tabler/icons-react";
import { useRef, useState } from "react";
import type { Assignment } from "../../../../../shared/contract/registry.ts";
import { versionName } from "../../../../../shared/format.ts";
import { VersionSelect } from "../../../ui/controls/VersionSelect.tsx";
import classes from "./Inspect.module.css";
import { useAssign } from "../use-assign.ts";

type Fallback = Assignment["fallbacks"][number];

const maxFallbacks = 8;

/** The versions tried in order when the first cannot answer; edited by buttons, saved as one new assignment. */
export function FallbackEditor({ assignment }: { readonly assignment: Assignment }) {
  const [chain, setChain] = useState<readonly Fallback[]>(assignment.fallbacks);
  const [saving, setSaving] = useState(false);
  const assign = useAssign();
  const list = useRef<HTMLOListElement>(null);
  const { useCase } = assignment;
  const changed = idsOf(chain) !== idsOf(assignment.fallbacks);
  const move = (from: number, by: -1 | 1): void => {
    const moved = chain[from];
    if (moved === undefined) return;
    setChain(chain.toSpliced(from, 1).toSpliced(from + by, 0, moved));
    // The focus stays with the version that moved, on the button that moved it or, at an end, on the other one.
    requestAnimationFrame(() => {
      const item = list.current?.children[from + by];
      const button = item?.querySelector<HTMLElement>(by === -1 ? "[data-up]:enabled" : "[data-down]:enabled");
      (button ?? item?.querySelector<HTMLElement>("button:enabled"))?.focus();
    });
  };
  const save = async (): Promise<void> => {
    setSaving(true);
    const current = { id: assignment.versionId, model: assignment.model, version: assignment.version };
    const message =
      chain.length === 0
        ? `${useCase} has no fallback any more.`
        : `When ${versionName(current)} cannot answer ${useCase}, ${chain.map(versionName).join(", then ")} will.`;
    await assign(useCase, current, { fallbacks: chain.map(({ versionId }) => versionId) }, message);
    setSaving(false);
  };
  return (
    <section className={classes.part} aria-labelledby="chain-title">
      <h3 className={classes.partTitle} id="chain-title">
        Fallback chain
      </h3>
      <div className={classes.first}>{versionName(assignment)}</div>
      {chain.length === 0 && (
        <p className={classes.faint}>Nothing stands in for it. A call that it cannot answer fails.</p>
      )}
      <ol className={classes.chain} ref={list} aria-label={`Fallbacks of ${useCase}`}>
        {chain.map((fallback, index) => (
          <li key={fallback.versionId} className={classes.link}>
            <span className={classes.place}>{index + 1}</span>
            <span className={classes.linkName} title={versionName(fallback)}>
              {versionName(fallback)}
            </span>
            <ActionIcon
              variant="subtle"
              color="gray"
              size="sm"
              data-up
              aria-label={`Move ${versionName(fallback)} up`}
              disabled={index === 0}
              onClick={() => move(index, -1)}
            >
              <IconArrowUp size={14} stroke={1.5} />
            </ActionIcon>
            <ActionIcon
              variant="subtle"
              color="gray"
              size="sm"
              data-down
              aria-label={`Move ${versionName(fallback)} down`}
              disabled={index === chain.length - 1}
              onClick={() => move(index, 1)}
            >
              <IconArrowDown size={14} stroke={1.5} />
            </ActionIcon>
            <ActionIcon
              variant="subtle"
              color="gray"
              size="sm"
              aria-label={`Remove ${versionName(fallback)} from the chain`}
              onClick={() => setChain(chain.toSpliced(index, 1))}
            >
              <IconX size={14} stroke={1.5} />
            </ActionIcon>
          </li>
        ))}
      </ol>
      {chain.length < maxFallbacks && (
        <VersionSelect
          label="Add a fallback"
          labelHidden
          placeholder="Add a fallback"
          value={null}
          without={[assignment.versionId, ...chain.map(({ versionId }) => versionId)]}
          onChange={(version) =>
            version !== null &&
            setChain([...chain, { versionId: version.id, model: version.model, version: version.version }])
          }
        />
      )}
      {changed && (
        <Group gap="xs">
          <Button size="compact-xs" loading={saving} onClick={() => void save()}>
            Save chain
          </Button>
          <Button size="compact-xs" variant="subtle" color="gray" onClick={() => setChain(assignment.fallbacks)}>
            Discard
          </Button>
        </Group>
      )}
    </section>
  );
}

function idsOf(chain: readonly Fallback[]): string {
  return chain.map(({ versionId }) => versionId).join(" ");
}
