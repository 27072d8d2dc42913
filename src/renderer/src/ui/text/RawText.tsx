import { Fragment } from "react";
import type { LeftOut, LeftOutReason } from "../../../../shared/contract/inference.ts";
import { leftOutCount } from "../../../../shared/answer-so-far.ts";
import classes from "./raw-text.module.css";

interface RawTextProps {
  readonly raw: string;
  readonly leftOut: readonly LeftOut[];
}

/** What a model wrote, with what its reader was not shown marked. */
export function RawText({ raw, leftOut }: RawTextProps) {
  return (
    <div className={classes.raw} dir="auto">
      {leftOut.map(({ start, end, reason }, index) => (
        <Fragment key={start}>
          {raw.slice(leftOut[index - 1]?.end ?? 0, start)}
          <mark className={classes.leftOut} title={`Left out: ${reasons[reason]}`}>
            {raw.slice(start, end)}
          </mark>
        </Fragment>
      ))}
      {raw.slice(leftOut.at(-1)?.end ?? 0)}
    </div>
  );
}

/** Such as "2 sentences left out: talk about the text, an unfinished end"; null where nothing was. */
export function leftOutWords(leftOut: readonly LeftOut[]): string | null {
  const count = leftOutCount(leftOut);
  if (count === 0) return null;
  const named = new Set(leftOut.flatMap(({ reason }) => (reason === "space" ? [] : [reasons[reason]])));
  return `${count} ${count === 1 ? "sentence" : "sentences"} left out: ${[...named].join(", ")}`;
}

const reasons: Record<LeftOutReason, string> = {
  preamble: "a preamble",
  title: "a title",
  aside: "talk about the text",
  list: "a list",
  repetition: "a repetition",
  unfinished: "an unfinished end",
  space: "white space",
};
