import { spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";

const project = fileURLToPath(new URL("../../../", import.meta.url));

/** Runs a script of this project in a process of its own, to its end, however that is. */
export async function runNode(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ code: number | null; stdout: string }> {
  const child = spawn(process.execPath, args, {
    cwd: project,
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, ...env },
  });
  const [stdout, [code]] = await Promise.all([text(child.stdout), once(child, "close")]);
  return { code, stdout };
}
