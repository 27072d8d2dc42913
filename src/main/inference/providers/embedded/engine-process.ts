import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";

/** The engine's process as the provider sees it; Node and Electron each have their own way of starting one. */
export interface EngineProcess {
  postMessage(message: unknown): void;
  onMessage(listener: (message: unknown) => void): void;
  /** Called once, with null when a signal ended the process or it never started. */
  onExit(listener: (code: number | null) => void): void;
  kill(): void;
}

export interface NodeEngineOptions {
  /** The engine takes this for all the memory there is, whatever the machine says; for tests of its refusals. */
  readonly memoryBytes?: number;
  /** Called with the process's id; for tests that end or stop it. */
  readonly started?: (pid: number) => void;
}

/**
 * Starts `engine.ts`, or what it was built to, as a child of this Node process. It shares nothing with the parent but its
 * environment and the channel, and ends when the parent does, however that ends.
 */
export function forkNodeEngine(entryUrl: URL, options: NodeEngineOptions = {}): EngineProcess {
  const child = fork(
    fileURLToPath(entryUrl),
    options.memoryBytes === undefined ? [] : [`--memory-bytes=${options.memoryBytes}`],
    {
      serialization: "advanced",
      // An inspector port or a preload meant for the parent is not for the engine.
      execArgv: [],
      // Native code may print; a terminal command's stdout belongs to its answer.
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    },
  );
  if (child.pid !== undefined) options.started?.(child.pid);
  return {
    postMessage: (message) => {
      // A process that ended meanwhile is reported by its exit; nobody receives the message.
      if (child.connected) child.send(message as object, () => {});
    },
    onMessage: (listener) => void child.on("message", listener),
    onExit: (listener) => {
      child.once("exit", (code) => listener(code));
      child.once("error", () => listener(null));
    },
    kill: () => void child.kill("SIGKILL"),
  };
}
