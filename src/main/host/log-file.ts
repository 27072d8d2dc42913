import { join } from "node:path";
import { pino, stdTimeFunctions } from "pino";
import type { LogSink } from "../base/logger.ts";
import { RotatingFile, type RotationLimits } from "./rotating-file.ts";

/** Some 5,000 lines a file; 4 MB at most. */
export const logLimits: RotationLimits = { maxBytes: 1_000_000, maxFiles: 4 };

/** The folder of a data directory that diagnostics are read from. */
export function diagnosticsFolder(dataDirectory: string): string {
  return join(dataDirectory, "diagnostics");
}

export function logFile(dataDirectory: string): string {
  return join(diagnosticsFolder(dataDirectory), "taleward.log");
}

/** Lines as JSON in a rotating file of the data directory, written before `write` returns, so that a crash keeps them. */
export function openLogFile(dataDirectory: string, limits: RotationLimits = logLimits): LogSink & Disposable {
  const file = new RotatingFile(logFile(dataDirectory), limits);
  const logger = pino(
    {
      base: { pid: process.pid },
      messageKey: "event",
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (level) => ({ level }) },
    },
    { write: (line) => file.write(line) },
  );
  return {
    write: ({ level, event, context, error }) =>
      logger[level](error === null ? { ...context } : { ...context, thrown: error }, event),
    [Symbol.dispose]: () => file.close(),
  };
}
