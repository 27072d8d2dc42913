import type { ReactNode } from "react";
import classes from "./tab-links.module.css";

interface TabLinksProps {
  /** What the tabs are parts of. */
  readonly label: string;
  readonly tabs: readonly { readonly at: string; readonly label: string; readonly href: string }[];
  readonly shown: string;
  /** What can be done on all of them, at the end of the line. */
  readonly children?: ReactNode;
}

/** A screen's parts as links on one line, so that each has an address. */
export function TabLinks({ label, tabs, shown, children }: TabLinksProps) {
  return (
    <div className={classes.bar}>
      <nav aria-label={label} className={classes.tabs}>
        {tabs.map(({ at, label: name, href }) => (
          <a key={at} className={classes.tab} href={href} aria-current={shown === at ? "page" : undefined}>
            {name}
          </a>
        ))}
      </nav>
      {children}
    </div>
  );
}
