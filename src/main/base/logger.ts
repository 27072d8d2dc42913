import process from "node:process";
import { type ErrorFacts, errorFacts } from "./error-facts.ts";

export type LogLevel = "info" | "warn" | "error";

/** Names, counts and durations; never what a person typed, what a model said, or a key. */
export type LogContext = Readonly<Record<string, string | number | boolean | null | readonly string[]>>;

export interface LogLine {
  readonly level: LogLevel;
  /** What happened, in the same words each time. */
  readonly event: string;
  readonly context: LogContext;
  readonly error: ErrorFacts | null;
}

/** Where lines go. Its `write` must not throw: a log that cannot be written must not break what is logged. */
export interface LogSink {
  write(line: LogLine): void;
}

export interface Logger {
  info(event: string, context?: LogContext): void;
  warn(event: string, context?: LogContext): void;
  /** Of what was thrown only class, code and frames are kept: its message may quote an answer. */
  error(event: string, thrown: unknown, context?: LogContext): void;
}

/** Until a host says where lines go, as in a test, errors and warnings go to stderr. */
const stderrSink: LogSink = {
  write: (line) => {
    if (line.level !== "info") process.stderr.write(`${JSON.stringify(line)}\n`);
  },
};

let sink = stderrSink;

/**
 * The log of this process.
 *
 * ```ts
 * log.error("an alert was not delivered", error, { tries: 3 });
 * ```
 */
export const log: Logger = {
  info: (event, context = {}) => sink.write({ level: "info", event, context, error: null }),
  warn: (event, context = {}) => sink.write({ level: "warn", event, context, error: null }),
  error: (event, thrown, context = {}) => sink.write({ level: "error", event, context, error: errorFacts(thrown) }),
};

/** Sends lines elsewhere from now on, until disposed of. */
export function logTo(next: LogSink): Disposable {
  const before = sink;
  sink = next;
  return {
    [Symbol.dispose]: () => {
      if (sink === next) sink = before;
    },
  };
}
