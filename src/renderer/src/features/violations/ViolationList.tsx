import { useEffect, useRef } from "react";
import type { ReviewDecision, ViolationSummary } from "../../../../shared/contract/guardrails.ts";
import { hrefOf } from "../../shell/route.ts";
import { SeverityMark } from "../../ui/marks/SeverityMark.tsx";
import { TimeText } from "../../ui/text/TimeText.tsx";
import { categoryWords } from "./category-labels.ts";
import classes from "./Violations.module.css";

const nearPx = 400;

interface ViolationListProps {
  readonly items: readonly ViolationSummary[];
  readonly chosen: string | undefined;
  readonly onEnd: () => void;
}

export function ViolationList({ items, chosen, onEnd }: ViolationListProps) {
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
      {items.map((item) => (
        <li key={item.id} className={classes.row} data-current={item.id === chosen || undefined}>
          <a
            className={classes.link}
            href={hrefOf("violations", item.id)}
            aria-current={item.id === chosen ? "true" : undefined}
          >
            <span className={classes.rowHead}>
              <SeverityMark severity={item.severity} />
              <span className={classes.category}>{categoryWords[item.category]}</span>
              <span className={classes.faint}>
                <TimeText atMs={item.atMs} />
              </span>
            </span>
            <span className={classes.excerpt} dir="auto">
              {item.excerpt}
            </span>
            <span className={classes.rowFoot}>
              <span className={classes.faint}>
                {item.model} @{item.version}
              </span>
              <span className={classes.decision} data-decision={item.decision}>
                {decisionWords[item.decision]}
              </span>
            </span>
          </a>
        </li>
      ))}
    </ul>
  );
}

export const decisionWords: Record<ReviewDecision, string> = {
  open: "Open",
  confirmed: "Confirmed",
  false_alarm: "False alarm",
  overridden: "Overridden",
};
