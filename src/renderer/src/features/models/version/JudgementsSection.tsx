import { IconStarFilled } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import type { ModelVersion, RatingSummary, SuiteJudgement } from "../../../../../shared/contract/registry.ts";
import { queries } from "../../../api/connection.ts";
import { hrefOf, testHref } from "../../../shell/route.ts";
import { FailedState } from "../../../ui/states/FailedState.tsx";
import { counted } from "../../../../../shared/format.ts";
import { LoadingState } from "../../../ui/states/LoadingState.tsx";
import { StateMark } from "../../../ui/marks/StateMark.tsx";
import { TimeText } from "../../../ui/text/TimeText.tsx";
import classes from "./Judgements.module.css";
import performance from "../performance/Performance.module.css";

/** How a version was judged: by persons who rated its answers, and by the latest run of each test suite. */
export function JudgementsSection({ version }: { readonly version: ModelVersion }) {
  const judged = useQuery(queries.registry.judgements.queryOptions({ input: { versionId: version.id } }));
  return (
    <section aria-labelledby="judged-title">
      <header className={performance.head}>
        <h3 className={performance.title} id="judged-title">
          How it was judged
        </h3>
      </header>
      {judged.isError && <FailedState error={judged.error} onRetry={() => void judged.refetch()} />}
      {judged.isPending && <LoadingState label="judgements" rows={3} />}
      {judged.data !== undefined && (
        <div className={classes.judged}>
          <Ratings ratings={judged.data.ratings} />
          <Suites suites={judged.data.suites} version={version} />
        </div>
      )}
    </section>
  );
}

function Ratings({ ratings: { mean, count, byStars } }: { readonly ratings: RatingSummary }) {
  if (mean === null)
    return (
      <div className={classes.ratings}>
        <h4 className={classes.subtitle}>By persons</h4>
        <p className={classes.faint}>
          Not rated yet. Open one of its calls in the <a href={hrefOf("logs")}>logs</a> and give it stars.
        </p>
      </div>
    );
  return (
    <div className={classes.ratings}>
      <h4 className={classes.subtitle}>By persons</h4>
      <p className={classes.mean}>
        <IconStarFilled size={16} aria-hidden />
        <strong>{mean.toFixed(1)}</strong> of 5<span className={classes.faint}>{counted(count, "rating")}</span>
      </p>
      <ul className={classes.stars} aria-label="Ratings by stars">
        {byStars
          .map((times, index) => ({ times, stars: index + 1 }))
          .reverse()
          .map(({ times, stars }) => (
            <li key={stars} aria-label={`${counted(stars, "star")}: ${counted(times, "time")}`}>
              <span aria-hidden>{stars}</span>
              <span className={classes.track} aria-hidden>
                <span className={classes.bar} style={{ inlineSize: `${(times / count) * 100}%` }} />
              </span>
              <span className={classes.times} aria-hidden>
                {times}
              </span>
            </li>
          ))}
      </ul>
    </div>
  );
}

function Suites({ suites, version }: { readonly suites: readonly SuiteJudgement[]; readonly version: ModelVersion }) {
  if (suites.length === 0)
    return (
      <div className={classes.suites}>
        <h4 className={classes.subtitle}>By test suites</h4>
        <p className={classes.faint}>
          No suite was run over it yet. <a href={testHref([version.id])}>Run one</a> to see how it does.
        </p>
      </div>
    );
  return (
    <div className={classes.suites}>
      <h4 className={classes.subtitle}>By test suites</h4>
      <table className={classes.table} aria-label="Latest run of each suite">
        <thead>
          <tr>
            <th scope="col">Suite</th>
            <th scope="col">Passed</th>
            <th scope="col">Run</th>
          </tr>
        </thead>
        <tbody>
          {suites.map((suite) => (
            <tr key={suite.suiteId}>
              <th scope="row">
                <a href={hrefOf("playground", "suites", suite.suiteId, suite.runId)}>{suite.suiteName}</a>
              </th>
              <td>
                <Verdict suite={suite} />
              </td>
              <td>
                <TimeText atMs={suite.startedAtMs} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** What it passed of how many, and why the rest is not known where it is not. */
function Verdict({ suite: { passed, cases, errors, state } }: { readonly suite: SuiteJudgement }) {
  const known = `${passed} of ${counted(cases, "case")}`;
  const unjudged = errors > 0 ? `${errors} could not be judged` : null;
  const unfinished = state === "finished" ? null : state;
  return (
    <>
      <StateMark tone={state === "running" ? "busy" : passed === cases ? "good" : "warn"}>{known}</StateMark>
      {(unjudged ?? unfinished) !== null && <span className={classes.faint}> {unjudged ?? unfinished}</span>}
    </>
  );
}
