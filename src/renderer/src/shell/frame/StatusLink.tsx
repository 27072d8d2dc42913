import type { ReactNode } from "react";
import classes from "./Shell.module.css";

interface StatusLinkProps {
  readonly href: string;
  readonly label?: string;
  readonly title?: string | undefined;
  readonly children: ReactNode;
}

/** One thing in the status bar, leading to its screen. */
export function StatusLink({ href, label, title, children }: StatusLinkProps) {
  return (
    <a className={classes.item} href={href} aria-label={label} title={title}>
      {children}
    </a>
  );
}
