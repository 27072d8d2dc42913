import { ActionIcon, Tooltip } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import type { TestSuite } from "../../../../shared/contract/suites.ts";
import { hrefOf } from "../../shell/route.ts";
import { counted } from "../../../../shared/format.ts";
import { StateMark } from "../../ui/marks/StateMark.tsx";
import { useSuiteRuns } from "./results/suite-runs.ts";
import classes from "./Suites.module.css";

interface SuiteListProps {
  readonly suites: readonly TestSuite[];
  readonly chosen: string;
  readonly onCreate: () => void;
}

export function SuiteList({ suites, chosen, onCreate }: SuiteListProps) {
  return (
    <nav className={classes.list} aria-label="Test suites">
      <header className={classes.listHead}>
        <h2 className={classes.heading}>Suites</h2>
        <Tooltip label="New suite">
          <ActionIcon variant="subtle" color="gray" aria-label="New suite" onClick={onCreate}>
            <IconPlus size={16} stroke={1.5} />
          </ActionIcon>
        </Tooltip>
      </header>
      <ul className={classes.items} aria-label="Suites">
        {suites.map((suite) => (
          <li key={suite.id}>
            <a
              className={classes.item}
              href={hrefOf("playground", "suites", suite.id)}
              aria-current={suite.id === chosen ? "page" : undefined}
            >
              <span className={classes.itemName} dir="auto">
                {suite.name}
              </span>
              <span className={classes.itemFoot}>
                <span>{counted(suite.cases, "case")}</span>
                <LastRun suite={suite} />
              </span>
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}

function LastRun({ suite: { id, lastRun } }: { readonly suite: TestSuite }) {
  const going = useSuiteRuns(({ live }) => live[id]?.going === true);
  if (going) return <StateMark tone="busy">Running</StateMark>;
  if (lastRun === null) return <span>not run yet</span>;
  const { passed, failed } = lastRun;
  if (failed > 0) return <StateMark tone="bad">{`${failed} of ${passed + failed} failed`}</StateMark>;
  return passed === 0 ? <span>no results</span> : <StateMark tone="good">{`${passed} passed`}</StateMark>;
}
