import type { EndpointLoad } from "../../../../../shared/contract/inference.ts";
import type { EndpointHealth } from "../../../../../shared/contract/registry.ts";
import { counted, duration, remaining, whole } from "../../../../../shared/format.ts";
import { StateMark } from "../../../ui/marks/StateMark.tsx";
import { TimeText } from "../../../ui/text/TimeText.tsx";
import { useNow } from "../../../ui/use-now.ts";
import classes from "./Servers.module.css";

interface ServerFactsProps {
  readonly health: EndpointHealth;
  readonly load: EndpointLoad | null;
}

/** What a server is and how busy, as one line of pairs. */
export function ServerFacts({ health, load }: ServerFactsProps) {
  const nowMs = useNow(1_000);
  const { server, serverVersion, latencyMs, checkedAtMs, hasKey, maxConcurrent, provider } = health;
  const name = server ?? (provider === "ollama" ? "Ollama" : "OpenAI-compatible");
  return (
    <dl className={classes.facts}>
      <Fact name="Server">
        {`${name} ${serverVersion ?? (health.state === "up" ? "of unknown version" : "")}`.trim()}
      </Fact>
      <Fact name="Latency">{latencyMs === null ? "–" : duration(latencyMs)}</Fact>
      <Fact name="Checked">
        <TimeText atMs={checkedAtMs} />
      </Fact>
      <Fact name="Calls now">
        {`${whole(load?.running ?? 0)} of ${whole(load?.maxConcurrent ?? maxConcurrent)}`}
        {(load?.queued ?? 0) > 0 && `, ${counted(load?.queued ?? 0, "waiting", "waiting")}`}
      </Fact>
      <Fact name="Key">{hasKey ? "kept" : "none"}</Fact>
      {load !== null && load.circuitOpenUntilMs !== null && load.circuitOpenUntilMs > nowMs && (
        <Fact name="Cooling down">
          <StateMark tone="warn">{`skipped after failures, tried again in ${remaining(load.circuitOpenUntilMs - nowMs)}`}</StateMark>
        </Fact>
      )}
      {load?.models.map(({ model, circuitOpenUntilMs, lastError }) => (
        <Fact key={model} name={model}>
          {circuitOpenUntilMs !== null && circuitOpenUntilMs > nowMs && (
            <StateMark tone="warn">{`skipped after failures, tried again in ${remaining(circuitOpenUntilMs - nowMs)}`}</StateMark>
          )}
          {lastError !== null && ` Last failure: ${lastError}`}
        </Fact>
      ))}
      {load?.lastError != null && <Fact name="Last failure">{load.lastError}</Fact>}
    </dl>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: React.ReactNode }) {
  return (
    <div className={classes.fact}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
