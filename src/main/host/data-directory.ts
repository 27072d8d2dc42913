import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { Failure } from "../base/failure.ts";

/** `--data-dir`, else `TALEWARD_HOME`, else the platform's place for an application's data. */
export function resolveDataDirectory(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  platform: NodeJS.Platform,
): string {
  const named = option(argv, "data-dir") ?? env["TALEWARD_HOME"];
  if (named) return resolve(named);
  switch (platform) {
    case "darwin":
      return join(homedir(), "Library", "Application Support", "Taleward");
    case "win32":
      return join(env["APPDATA"] ?? join(homedir(), "AppData", "Roaming"), "Taleward");
    default:
      return join(env["XDG_DATA_HOME"] ?? join(homedir(), ".local", "share"), "taleward");
  }
}

/** The value of `--name value` or `--name=value`; undefined where the option is not given. */
export function option(argv: readonly string[], name: string): string | undefined {
  for (const [index, argument] of argv.entries()) {
    if (argument.startsWith(`--${name}=`)) return argument.slice(name.length + 3);
    if (argument !== `--${name}`) continue;
    const value = argv[index + 1];
    if (value === undefined || value.startsWith("--"))
      throw new Failure("BAD_REQUEST", `--${name} needs a value.`, {
        field: `--${name}`,
        value: value ?? "",
        remedy: `Write it after the option, as in --${name} VALUE.`,
      });
    return value;
  }
  return undefined;
}
