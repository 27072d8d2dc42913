import { utilityProcess } from "electron";
import type { EngineProcess } from "../inference/providers/embedded/engine-process.ts";

/** Runs the built-in engine in a process of its own, where neither a long token nor a crash of it can stall the window. */
export function forkEngine(entry: string): EngineProcess {
  const child = utilityProcess.fork(entry, [], {
    serviceName: "Taleward engine",
    stdio: ["ignore", "ignore", "inherit"],
  });
  return {
    postMessage: (message) => child.postMessage(message),
    onMessage: (listener) => void child.on("message", listener),
    onExit: (listener) => void child.once("exit", listener),
    kill: () => void child.kill(),
  };
}
