import { type ReactNode, useState } from "react";
import classes from "./disclosure.module.css";

interface DisclosureProps {
  readonly title: string;
  /** What is inside, in a few words, beside the title. */
  readonly summary?: string;
  readonly initiallyOpen?: boolean;
  /** Opens it where something inside is wrong. */
  readonly wrong?: boolean;
  readonly children: ReactNode;
}

/** A part that can be folded away; folded, it still shows what is set in it. */
export function Disclosure({ title, summary = "", initiallyOpen = false, wrong = false, children }: DisclosureProps) {
  const [open, setOpen] = useState(initiallyOpen);
  return (
    <details
      className={classes.disclosure}
      open={open || wrong}
      onToggle={({ currentTarget }) => setOpen(currentTarget.open)}
    >
      <summary className={classes.summary}>
        <span className={classes.title}>{title}</span>
        <span className={classes.hint}>{summary}</span>
      </summary>
      <div className={classes.body}>{children}</div>
    </details>
  );
}
