import { generate } from "./generate.ts";
import type { Invocation } from "./invocation.ts";
import { assignVersion, listVersions, registerModel } from "./models.ts";
import { checkText, listLogs, showLog } from "./records.ts";

export interface Command {
  readonly words: readonly string[];
  readonly usage: string;
  /** Resolves to the exit code. */
  readonly run: (invocation: Invocation) => Promise<number>;
}

export const commands: readonly Command[] = [
  {
    words: ["generate"],
    usage: "generate --use-case NAME [--seed N] [--max-tokens N] [--temperature T] [--threads N] PROMPT",
    run: generate,
  },
  { words: ["models", "list"], usage: "models list", run: listVersions },
  {
    words: ["models", "register"],
    usage:
      "models register --name NAME --provider ollama|embedded --version LABEL [--type self_hosted|remote] [--endpoint URL] [--file NAME] [--use-case NAME]",
    run: registerModel,
  },
  {
    words: ["models", "assign"],
    usage: "models assign --use-case NAME --version-id ID [--reason TEXT]",
    run: assignVersion,
  },
  { words: ["logs", "list"], usage: "logs list [--use-case NAME] [--limit N]", run: listLogs },
  { words: ["logs", "show"], usage: "logs show INFERENCE_ID", run: showLog },
  { words: ["guard"], usage: "guard TEXT", run: checkText },
];

export const usage = [
  "Usage: taleward COMMAND [--data-dir FOLDER] [--json]",
  "",
  ...commands.map(({ usage: line }) => `  ${line}`),
  "",
  "With --json every answer is JSON, one object a line. Ctrl C stops a generation and keeps what was cleared.",
].join("\n");
