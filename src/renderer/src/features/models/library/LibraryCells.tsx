import { useQuery } from "@tanstack/react-query";
import type { ModelVersion } from "../../../../../shared/contract/registry.ts";
import { queries } from "../../../api/connection.ts";
import { bytes, whole } from "../../../../../shared/format.ts";
import { StateMark } from "../../../ui/marks/StateMark.tsx";
import { TimeText } from "../../../ui/text/TimeText.tsx";
import { shareLabel } from "../answering/shares.ts";
import { useShares } from "../answering/use-shares.ts";
import classes from "./Library.module.css";
import { figuresOf } from "../performance/performance.ts";
import { recentInput } from "./recent-use.ts";
import { type FindOnServer, useVersionFacts } from "../version-facts.ts";

/** Size, parameters, quantisation, context and memory, as the server or the file reports them. */
export function FactCells({ version, find }: { readonly version: ModelVersion; readonly find: FindOnServer }) {
  const { sizeBytes, parameters, quantization, contextTokens, loaded } = useVersionFacts(version, find);
  return (
    <>
      <td className={classes.number}>{sizeBytes === null ? <None /> : bytes(sizeBytes)}</td>
      <td>{parameters ?? <None />}</td>
      <td>{quantization ?? <None />}</td>
      <td className={classes.number}>{contextTokens === null ? <None /> : whole(contextTokens)}</td>
      <td>{loaded === null ? <None /> : loaded ? <StateMark tone="good">loaded</StateMark> : "on disk"}</td>
    </>
  );
}

/** The use cases it answers, with its percent where a rollout divides the calls. */
export function AnswersCell({ version }: { readonly version: ModelVersion }) {
  const useCases = useQuery(queries.registry.useCases.queryOptions()).data ?? [];
  const shares = useShares();
  const answers = useCases.flatMap((useCase) =>
    shares(useCase)
      .filter(({ versionId }) => versionId === version.id)
      .map((share) => (shareLabel(share) === "live" ? useCase.name : `${useCase.name} (${shareLabel(share)})`)),
  );
  return <td className={classes.answers}>{answers.length === 0 ? <None /> : answers.join(", ")}</td>;
}

/** When it was last called here, and how fast it was and how often something was found, over the last seven days. */
export function UseCells({ version }: { readonly version: ModelVersion }) {
  const recent = useQuery(queries.registry.performance.queryOptions({ input: recentInput(version.id) })).data;
  const last = useQuery(queries.registry.calls.queryOptions({ input: { versionId: version.id, limit: 1 } })).data;
  if (recent === undefined || last === undefined) return <WaitingCells count={3} />;
  const { calls, tokensPerSecondP50, violations } = figuresOf(recent);
  const lastUsedMs = last[0]?.startedAtMs ?? null;
  return (
    <>
      <td className={classes.number}>{lastUsedMs === null ? <None /> : <TimeText atMs={lastUsedMs} />}</td>
      <td className={classes.number}>{tokensPerSecondP50 === null ? <None /> : tokensPerSecondP50.toFixed(1)}</td>
      <td className={classes.number}>{calls === 0 ? <None /> : whole(violations)}</td>
    </>
  );
}

/** Cells that keep their width until their content has loaded. */
export function WaitingCells({ count }: { readonly count: number }) {
  return Array.from({ length: count }, (_, index) => <td key={index} />);
}

/** Not reported, not known or never. */
export function None() {
  return <span className={classes.faint}>–</span>;
}
