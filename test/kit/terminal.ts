import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { entry } from "./built.ts";

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** What `--json` printed, one object a line. */
  readonly objects: readonly Readonly<Record<string, unknown>>[];
}

interface CommandOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly onTerminal?: boolean;
  /** What a pipe gives it; nothing where it is left out. */
  readonly input?: string | Uint8Array;
}

export interface TerminalCommand {
  readonly process: ChildProcess;
  /** Resolves once the pattern stands on stdout or stderr; rejects when the command ends before. */
  shows(pattern: RegExp): Promise<RegExpExecArray>;
  /** Ctrl C. */
  interrupt(): Promise<Ended>;
  readonly ended: Promise<Ended>;
}

/** Whether a command can be given a terminal of its own here. */
export const hasTerminals = process.platform === "linux" && existsSync("/usr/bin/script");

const cli = fileURLToPath(entry("cli"));

/** A `taleward` command as a process of its own on a data directory: as built within `npm test`, else from source. */
export function startCommand(
  dataDirectory: string,
  args: readonly string[],
  options: CommandOptions = {},
): TerminalCommand {
  const command = [process.execPath, cli, ...args, "--data-dir", dataDirectory];
  // `script` gives the command a terminal of its own.
  const [file, ...rest] =
    options.onTerminal === true ? ["script", "-qefc", command.map(quoted).join(" "), "/dev/null"] : command;
  const child = spawn(file ?? "", rest, {
    stdio: ["pipe", "pipe", "pipe"],
    env: { ...process.env, OLLAMA_HOST: "127.0.0.1:9", TALEWARD_STARTER_MODEL: "", ...options.env },
  });
  child.stdin.on("error", () => {}); // it ended without reading all of it
  child.stdin.end(options.input ?? "");
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const ended = once(child, "close").then(([code]: (number | null)[]): Ended => {
    return { code: code ?? null, stdout, stderr, objects: objectsIn(stdout) };
  });
  return {
    process: child,
    ended,
    shows: async (pattern) => {
      while (true) {
        const found = pattern.exec(stdout) ?? pattern.exec(stderr);
        if (found) return found;
        const more = await Promise.race([
          once(child.stdout, "data").then(() => true),
          once(child.stderr, "data").then(() => true),
          ended.then(() => false),
        ]);
        if (!more && !pattern.test(stdout + stderr)) throw new Error(`ended without ${pattern}: ${stdout}${stderr}`);
      }
    },
    interrupt: () => {
      child.kill("SIGINT");
      return ended;
    },
  };
}

export function runCommand(
  dataDirectory: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<Ended> {
  return startCommand(dataDirectory, args, options).ended;
}

function objectsIn(stdout: string): Ended["objects"] {
  try {
    return stdout
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line));
  } catch {
    return [];
  }
}

function quoted(argument: string): string {
  return `'${argument.replaceAll("'", "'\\''")}'`;
}
