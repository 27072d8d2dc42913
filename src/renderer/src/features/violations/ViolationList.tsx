import { useEffect, useRef } from "react";
import type { ReviewDecision } from "../../../../shared/contract/guardrails.ts";
import { hrefOf } from "../../shell/route.ts";
import { whole } from "../../../../shared/format.ts";
import type { ViolationGroup } from "./equal-violations.ts";
import { SeverityMark } from "../../ui/marks/SeverityMark.tsx";
import { TimeText } from "../../ui/text/TimeText.tsx";
import { categoryWords } from "./category-labels.ts";
import classes from "./Violations.module.css";

const nearPx = 400;

interface ViolationListProps {
  readonly groups: readonly ViolationGroup[];
  readonly chosen: string | undefined;
  readonly onEnd: () => void;
}

/** Equal findings are one row with their number; the one that is open lists the others. */
export function ViolationList({ groups, chosen, onEnd }: ViolationListProps) {
  const list = useRef<HTMLUListElement>(null);
  useEffect(() => {
    list.current?.querySelector('[aria-current="true"]')?.scrollIntoView({ block: "nearest" });
  }, [chosen]);
  return (
    <ul
      ref={list}
      className={classes.list}
      aria-label="Violations"
      onScroll={({ currentTarget: { scrollHeight, scrollTop, clientHeight } }) => {
        if (scrollHeight - scrollTop - clientHeight < nearPx) onEnd();
      }}
    >
      {groups.map((group) => (
        <GroupRow key={group.newest.id} group={group} chosen={chosen} />
      ))}
    </ul>
  );
}

function GroupRow({
  group: { newest, all },
  chosen,
}: {
  readonly group: ViolationGroup;
  readonly chosen: string | undefined;
}) {
  const current = all.some(({ id }) => id === chosen);
  return (
    <li className={classes.row} data-current={current || undefined}>
      <a className={classes.link} href={hrefOf("violations", newest.id)} aria-current={current ? "true" : undefined}>
        <span className={classes.rowHead}>
          <SeverityMark severity={newest.severity} />
          <span className={classes.category}>{categoryWords[newest.category]}</span>
          {all.length > 1 && <span className={classes.times}>{whole(all.length)} times</span>}
          <span className={classes.faint}>
            <TimeText atMs={newest.atMs} />
          </span>
        </span>
        <span className={classes.excerpt}>{newest.excerpt}</span>
        <span className={classes.rowFoot}>
          <span className={classes.faint}>
            {newest.model} @{newest.version}
          </span>
          <span className={classes.decision} data-decision={newest.decision}>
            {decisionWords[newest.decision]}
          </span>
        </span>
      </a>
      {current && all.length > 1 && (
        <ul className={classes.equal} aria-label="Equal findings">
          {all.map(({ id, atMs }) => (
            <li key={id}>
              <a href={hrefOf("violations", id)} aria-current={id === chosen ? "true" : undefined}>
                <TimeText atMs={atMs} />
              </a>
            </li>
          ))}
        </ul>
      )}
    </li>
  );
}

export const decisionWords: Record<ReviewDecision, string> = {
  open: "Open",
  confirmed: "Confirmed",
  false_alarm: "False alarm",
  overridden: "Overridden",
};
