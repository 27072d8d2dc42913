import stringWidth from "string-width";
import type { Pinning } from "../../shared/contract/registry.ts";

/** Text for a terminal: control characters of what a model or a server wrote do not reach it; line ends and tabs do. */
export function plain(text: string): string {
  return text.replaceAll(/[^\P{Cc}\n\t]/gu, "");
}

/** Rows under their headings, each column as wide as its widest cell, in the cells that a terminal gives a character; columns of numbers stand to the right. */
export function table(headings: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const cells = [headings, ...rows].map((row) => row.map((cell) => oneLine(String(cell))));
  const widths = headings.map((_, column) =>
    cells.reduce((widest, row) => Math.max(widest, stringWidth(row[column] ?? "")), 0),
  );
  const isNumber = headings.map((_, column) => rows.some((row) => typeof row[column] === "number"));
  return cells
    .map((row) => {
      const padded = row.map((cell, column) => {
        const space = " ".repeat((widths[column] ?? 0) - stringWidth(cell));
        return isNumber[column] ? `${space}${cell}` : `${cell}${space}`;
      });
      return `${padded.join("  ").trimEnd()}\n`;
    })
    .join("");
}

/** Names and what they stand for, the latter in one column. */
export function facts(lines: readonly (readonly [name: string, value: string | null])[]): string {
  const shown = lines.flatMap(([name, value]) => (value === null || value === "" ? [] : [[name, value] as const]));
  const width = Math.max(...shown.map(([name]) => stringWidth(name)));
  return shown
    .map(([name, value]) => {
      const indented = plain(value)
        .trimEnd()
        .replaceAll("\n", `\n${" ".repeat(width + 4)}`);
      return `  ${name}${" ".repeat(width - stringWidth(name))}  ${indented}\n`;
    })
    .join("");
}

/** In the time zone of this machine. */
export function localTime(atMs: number): string {
  // Sweden writes times as 2026-11-24 12:05:58.
  return new Date(atMs).toLocaleString("sv-SE");
}

export function milliseconds(value: number | null): string {
  if (value === null) return "-";
  return value < 10_000 ? `${Math.round(value).toLocaleString("en-US")} ms` : `${(value / 1000).toFixed(1)} s`;
}

export function perSecond(value: number | null): string {
  return value === null ? "-" : `${value.toLocaleString("en-US", { maximumSignificantDigits: 3 })} tokens/s`;
}

export function pinningWords({ state, message }: Pinning): string {
  return state === "away" || state === "missing" ? `Not pinned yet: ${message}` : message;
}

function oneLine(text: string): string {
  return plain(text).replaceAll(/\s+/g, " ").trim();
}
