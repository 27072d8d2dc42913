import type { LogSink } from "../base/logger.ts";

/** The log file for a process that starts often and seldom has anything to log: it is opened, and imported, with the first line. */
export function deferredLogFile(dataDirectory: string): LogSink {
  let opening: Promise<LogSink> | undefined;
  return {
    write: (line) => {
      opening ??= import("./log-file.ts").then(({ openLogFile }) => openLogFile(dataDirectory));
      opening.then((file) => file.write(line)).catch(() => {}); // a log that fails must not break what is logged
    },
  };
}
