import classes from "./Violations.module.css";

interface MarkedTextProps {
  readonly text: string;
  /** UTF-16 offsets, end exclusive. */
  readonly start: number;
  readonly end: number;
  readonly label: string;
}

/** A text with one span marked. */
export function MarkedText({ text, start, end, label }: MarkedTextProps) {
  return (
    <div className={classes.original} dir="auto" role="group" aria-label={label}>
      {text.slice(0, start)}
      <mark>{text.slice(start, end)}</mark>
      {text.slice(end)}
    </div>
  );
}
