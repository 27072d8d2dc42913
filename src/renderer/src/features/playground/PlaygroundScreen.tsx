import { useEffect } from "react";
import { say } from "../../ui/notify/notify.ts";
import { go, hrefOf } from "../../shell/route.ts";
import { useTopBar } from "../../shell/frame/TopBar.tsx";
import { SuitesScreen } from "../suites/SuitesScreen.tsx";
import classes from "./Playground.module.css";
import { PlaygroundScreen } from "./RequestsTab.tsx";
import { takeRequest } from "./request.ts";

/** Where models are tried: one request by hand, or saved ones as suites of tests. */
export function PlaygroundRoom({ ids }: { readonly ids: readonly string[] }) {
  const suites = ids[0] === "suites";
  useEffect(() => {
    if (!suites) useTopBar.setState({ crumbs: [], inspector: false });
  }, [suites]);
  return (
    <div className={classes.room}>
      <nav className={classes.parts} aria-label="Playground">
        <a href={hrefOf("playground")} aria-current={suites ? undefined : "page"}>
          Try
        </a>
        <a href={hrefOf("playground", "suites")} aria-current={suites ? "page" : undefined}>
          Test suites
        </a>
      </nav>
      {suites ? (
        <SuitesScreen ids={ids.slice(1)} onTry={tryCase} />
      ) : (
        <PlaygroundScreen versionIds={ids[0] === "on" ? ids.slice(1) : []} />
      )}
    </div>
  );
}

function tryCase(testCase: Parameters<typeof takeRequest>[0]): void {
  const undo = takeRequest(testCase);
  go("playground");
  say("The case stands in the playground now.", () => Promise.resolve(undo()));
}
