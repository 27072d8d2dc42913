import { type ComponentType, useEffect } from "react";
import { notify } from "../../ui/notify/notify.ts";
import type { ScreenProps } from "../../shell/registry.ts";
import { go, hrefOf } from "../../shell/route.ts";
import { useTopBar } from "../../shell/frame/TopBar.tsx";
import classes from "./Playground.module.css";
import { RequestsTab, type SaveAsTestProps } from "./RequestsTab.tsx";
import { takeRequest } from "./request.ts";

interface PlaygroundScreenProps extends ScreenProps {
  /** The tab of test suites; `onTry` takes a case of theirs to the other tab. */
  readonly Suites: ComponentType<ScreenProps & { readonly onTry: (testCase: TriedCase) => void }>;
  /** Puts the request at hand into a suite. */
  readonly SaveAsTest: ComponentType<SaveAsTestProps>;
}

type TriedCase = Parameters<typeof takeRequest>[0];

/** Where models are tried: one request by hand, or saved ones as suites of tests. */
export function PlaygroundScreen({ ids, Suites, SaveAsTest }: PlaygroundScreenProps) {
  const suites = ids[0] === "suites";
  useEffect(() => {
    if (!suites) useTopBar.setState({ crumbs: [], inspector: false });
  }, [suites]);
  return (
    <div className={classes.screen}>
      <nav className={classes.parts} aria-label="Playground">
        <a href={hrefOf("playground")} aria-current={suites ? undefined : "page"}>
          Try
        </a>
        <a href={hrefOf("playground", "suites")} aria-current={suites ? "page" : undefined}>
          Test suites
        </a>
      </nav>
      {suites ? (
        <Suites ids={ids.slice(1)} onTry={tryCase} />
      ) : (
        <RequestsTab versionIds={ids[0] === "on" ? ids.slice(1) : []} SaveAsTest={SaveAsTest} />
      )}
    </div>
  );
}

function tryCase(testCase: TriedCase): void {
  const undo = takeRequest(testCase);
  go("playground");
  notify("The case stands in the playground now.", () => Promise.resolve(undo()));
}
