import type { InferenceRecord } from "../../../../shared/contract/logs.ts";
import type { Timings } from "../../../../shared/contract/inference.ts";
import { duration } from "../../ui/format.ts";
import classes from "./Logs.module.css";

interface Part {
  readonly name: "Queue" | "Load" | "Prefill" | "Decode" | "Other";
  readonly ms: number | null;
}

/** Where the time of a call went, as one bar; the table beneath says the same in numbers. */
export function TimingBar({ record }: { readonly record: InferenceRecord }) {
  const { timings } = record;
  if (timings === null)
    return <p className={classes.faint}>This call has no timings: it has not ended, or was cut off.</p>;
  const parts = partsOf(timings);
  const speed =
    record.completionTokens === null || timings.decodeMs === null || timings.decodeMs === 0
      ? null
      : (record.completionTokens / timings.decodeMs) * 1_000;
  return (
    <>
      <div
        className={classes.bar}
        role="img"
        aria-label={parts.map(({ name, ms }) => `${name} ${said(ms)}`).join(", ")}
      >
        {parts.map(({ name, ms }) => (
          <div
            key={name}
            className={classes.part}
            data-part={name}
            style={{ flexGrow: ms ?? 0 }}
            title={`${name} ${said(ms)}`}
          />
        ))}
      </div>
      <table className={classes.figures} aria-label="Timings">
        <tbody>
          {parts.map(({ name, ms }) => (
            <Figure key={name} name={name} value={said(ms)} part={name} />
          ))}
          <Figure name="Total" value={duration(timings.totalMs)} />
          <Figure name="First word after" value={said(timings.firstTokenMs)} />
          <Figure name="Prompt" value={record.promptTokens === null ? "not said" : `${record.promptTokens} tokens`} />
          <Figure
            name="Answer"
            value={record.completionTokens === null ? "not said" : `${record.completionTokens} tokens`}
          />
          <Figure name="Speed" value={speed === null ? "not said" : `${speed.toFixed(1)} tokens/s`} />
        </tbody>
      </table>
    </>
  );
}

function Figure({
  name,
  value,
  part,
}: {
  readonly name: string;
  readonly value: string;
  readonly part?: Part["name"];
}) {
  return (
    <tr>
      <th scope="row">
        {part !== undefined && <span className={classes.swatch} data-part={part} aria-hidden />}
        {name}
      </th>
      <td>{value}</td>
    </tr>
  );
}

/** What a provider did not say is no zero; what is left of the total is "Other". */
function partsOf({ queueMs, loadMs, prefillMs, decodeMs, totalMs }: Timings): readonly Part[] {
  const known = (queueMs ?? 0) + (loadMs ?? 0) + (prefillMs ?? 0) + (decodeMs ?? 0);
  return [
    { name: "Queue", ms: queueMs },
    { name: "Load", ms: loadMs },
    { name: "Prefill", ms: prefillMs },
    { name: "Decode", ms: decodeMs },
    { name: "Other", ms: Math.max(0, totalMs - known) },
  ];
}

function said(ms: number | null): string {
  return ms === null ? "not said" : duration(ms);
}
