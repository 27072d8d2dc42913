import process from "node:process";
import { type LogContext, log, logTo } from "../base/logger.ts";
import { openLogFile } from "./log-file.ts";
import { watchMainLoop } from "./loop-watch.ts";

export interface LoggedHost {
  readonly dataDirectory: string;
  readonly version: string;
  readonly host: string;
}

/**
 * Sends this process's log to the data directory, with a first line that says what runs, and slow turns of its main loop. For a
 * host that stays; to be called once the directory is its own.
 */
export function startProcessLog({ dataDirectory, version, host }: LoggedHost): Disposable {
  const file = openLogFile(dataDirectory);
  const logging = logTo(file);
  const watching = watchMainLoop();
  const crashed = (error: unknown) => log.error("the process ended by an error", error);
  process.on("uncaughtExceptionMonitor", crashed);
  log.info("started", { version, host, ...platformFacts() });
  return {
    [Symbol.dispose]: () => {
      log.info("ended");
      process.off("uncaughtExceptionMonitor", crashed);
      watching[Symbol.dispose]();
      logging[Symbol.dispose]();
      file[Symbol.dispose]();
    },
  };
}

/** What it runs on; `electron` is null outside of it. */
export function platformFacts(): LogContext {
  const { node, electron }: { node: string; electron?: string } = process.versions; // absent outside of Electron
  return { node, electron: electron ?? null, platform: process.platform, arch: process.arch };
}
