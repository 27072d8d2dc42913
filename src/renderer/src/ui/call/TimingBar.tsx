import type { Timings } from "../../../../shared/contract/inference.ts";
import { duration, speed, whole } from "../../../../shared/format.ts";
import classes from "./timing-bar.module.css";

/** A call's times and token counts, as far as they are known. */
export interface Measured {
  readonly timings: Timings | null;
  readonly promptTokens: number | null;
  readonly completionTokens: number | null;
}

interface Part {
  readonly name: "Queue" | "Load" | "Prefill" | "Decode" | "Other";
  readonly ms: number | null;
}

/** Where the time of a call went, as one bar; the table beneath has the same in numbers. */
export function TimingTable({ timings, promptTokens, completionTokens }: Measured) {
  if (timings === null)
    return <p className={classes.none}>This call has no timings: it has not ended, or was cut off.</p>;
  const tokensPerSecond = tokensPerSecondOf(timings, completionTokens);
  return (
    <>
      <Bar timings={timings} />
      <table className={classes.figures} aria-label="Timings">
        <tbody>
          {partsOf(timings).map(({ name, ms }) => (
            <Figure key={name} name={name} value={durationOrNone(ms)} part={name} />
          ))}
          <Figure name="Total" value={duration(timings.totalMs)} />
          <Figure name="Time to first token" value={durationOrNone(timings.firstTokenMs)} />
          <Figure name="Prompt" value={promptTokens === null ? "n/a" : `${whole(promptTokens)} tokens`} />
          <Figure name="Answer" value={completionTokens === null ? "n/a" : `${whole(completionTokens)} tokens`} />
          <Figure name="Speed" value={tokensPerSecond === null ? "n/a" : speed(tokensPerSecond)} />
        </tbody>
      </table>
    </>
  );
}

/** The same in two lines: a thin bar, and what is known beneath. */
export function TimingLine({ timings, promptTokens, completionTokens }: Measured) {
  if (timings === null) return null;
  const tokensPerSecond = tokensPerSecondOf(timings, completionTokens);
  const figures: readonly (readonly [name: string, value: string | null])[] = [
    ["First token", timings.firstTokenMs === null ? null : duration(timings.firstTokenMs)],
    ["Total", duration(timings.totalMs)],
    ["Speed", tokensPerSecond === null ? null : speed(tokensPerSecond)],
    ["Tokens", tokensOf(promptTokens, completionTokens)],
  ];
  return (
    <>
      <Bar timings={timings} thin />
      <dl className={classes.line} aria-label="Timings">
        {partsOf(timings)
          .filter(({ ms }) => ms !== null && ms >= 0.05)
          .map(({ name, ms }) => (
            <div key={name}>
              <span className={classes.swatch} data-part={name} aria-hidden />
              <dt>{name}</dt>
              <dd>{durationOrNone(ms)}</dd>
            </div>
          ))}
        {figures.map(([name, value]) =>
          value === null ? null : (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ),
        )}
      </dl>
    </>
  );
}

function Bar({ timings, thin = false }: { readonly timings: Timings; readonly thin?: boolean }) {
  const parts = partsOf(timings);
  return (
    <div
      className={classes.bar}
      data-thin={thin || undefined}
      role="img"
      aria-label={parts.map(({ name, ms }) => `${name} ${durationOrNone(ms)}`).join(", ")}
    >
      {parts.map(({ name, ms }) => (
        <div
          key={name}
          className={classes.part}
          data-part={name}
          style={{ flexGrow: ms ?? 0 }}
          title={`${name} ${durationOrNone(ms)}`}
        />
      ))}
    </div>
  );
}

interface FigureProps {
  readonly name: string;
  readonly value: string;
  readonly part?: Part["name"];
}

function Figure({ name, value, part }: FigureProps) {
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

/** What a provider did not report is no zero; what is left of the total is "Other". */
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

function tokensPerSecondOf({ decodeMs }: Timings, completionTokens: number | null): number | null {
  return completionTokens === null || decodeMs === null || decodeMs === 0
    ? null
    : (completionTokens / decodeMs) * 1_000;
}

function tokensOf(promptTokens: number | null, completionTokens: number | null): string | null {
  if (promptTokens === null && completionTokens === null) return null;
  return `${promptTokens === null ? "?" : whole(promptTokens)} in, ${completionTokens === null ? "?" : whole(completionTokens)} out`;
}

function durationOrNone(ms: number | null): string {
  return ms === null ? "n/a" : duration(ms);
}
