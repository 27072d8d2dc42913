import { generate } from "./generate.ts";
import { openGateway } from "./gateway.ts";
import type { Invocation, Terminal } from "./invocation.ts";
import { assignVersion, listVersions, registerModel, showDrift, showHistory, undoAssignment } from "./models.ts";
import type { OptionName } from "./options.ts";
import { pullModel } from "./pull.ts";
import { checkText, listLogs, showLog } from "./records.ts";
import { exportRegistry, importRegistry } from "./registry-file.ts";
import { commandRollout, goBack, showRollouts, startRollout, watchRollout } from "./rollouts/rollouts.ts";
import { analyseFile, replayFile, simulatePlan } from "./rollouts/rollout-studies.ts";
import { signOutBrowsers } from "./sign-out.ts";
import { showVersion } from "./show-version.ts";
import { showStatus } from "./status.ts";
import { listSuites, runSuite } from "./suites.ts";

export type Command = {
  readonly words: readonly string[];
  readonly usage: string;
  readonly options: readonly OptionName[];
  /** The maximum number of arguments after the command's own words. */
  readonly maxPositionals: number;
} & (
  | {
      /** Resolves to the exit code. */
      readonly run: (invocation: Invocation) => Promise<number>;
    }
  | {
      /** The same, for what needs no backend: it works without a data directory, and Ctrl C just ends it. */
      readonly runAlone: (terminal: Terminal) => Promise<number>;
    }
);

const anyNumber = Number.POSITIVE_INFINITY;

export const commands: readonly Command[] = [
  {
    words: ["generate"],
    usage: "generate [--use-case NAME] [--seed N] [--max-tokens N] [--temperature T] [--threads N] PROMPT|-",
    options: ["use-case", "seed", "max-tokens", "temperature", "threads"],
    maxPositionals: anyNumber,
    run: generate,
  },
  {
    words: ["models", "list"],
    usage: "models list [--text WORDS] [--provider P] [--status S] [--tag TAG] [--use-case NAME]",
    options: ["text", "provider", "status", "tag", "use-case"],
    maxPositionals: 0,
    run: listVersions,
  },
  {
    words: ["models", "register"],
    usage: [
      "models register --name NAME --provider ollama|openai|embedded --version LABEL",
      "  [--type self_hosted|remote] [--endpoint URL] [--replica URL]... [--server-model NAME] [--file PATH]",
      "  [--context TOKENS] [--shape none|small_model] [--threads N] [--options JSON] [--deadlines JSON]",
      "  [--tag A,B] [--note TEXT] [--use-case NAME]",
    ].join("\n    "),
    options: [
      "name",
      "provider",
      "version",
      "type",
      "endpoint",
      "replica",
      "server-model",
      "file",
      "context",
      "shape",
      "threads",
      "options",
      "deadlines",
      "tag",
      "note",
      "use-case",
    ],
    maxPositionals: 0,
    run: registerModel,
  },
  {
    words: ["models", "pull"],
    usage: "models pull NAME [--endpoint URL]",
    options: ["endpoint"],
    maxPositionals: 1,
    run: pullModel,
  },
  { words: ["status"], usage: "status", options: [], maxPositionals: 0, run: showStatus },
  { words: ["models", "show"], usage: "models show VERSION", options: [], maxPositionals: 1, run: showVersion },
  {
    words: ["models", "assign"],
    usage: "models assign USE_CASE VERSION [--fallbacks VERSION,VERSION] [--reason TEXT]",
    options: ["use-case", "version-id", "fallbacks", "reason"],
    maxPositionals: 2,
    run: assignVersion,
  },
  { words: ["models", "history"], usage: "models history USE_CASE", options: [], maxPositionals: 1, run: showHistory },
  {
    words: ["models", "undo"],
    usage: "models undo USE_CASE [--to ASSIGNMENT_ID] [--reason TEXT]",
    options: ["to", "reason"],
    maxPositionals: 1,
    run: undoAssignment,
  },
  {
    words: ["models", "drift"],
    usage: "models drift [--check] [--accept VERSION --as LABEL [--reason TEXT]]",
    options: ["check", "accept", "as", "reason"],
    maxPositionals: 0,
    run: showDrift,
  },
  { words: ["models", "export"], usage: "models export [FILE|-]", options: [], maxPositionals: 1, run: exportRegistry },
  { words: ["models", "import"], usage: "models import FILE|-", options: [], maxPositionals: 1, run: importRegistry },
  { words: ["test", "list"], usage: "test list", options: [], maxPositionals: 0, run: listSuites },
  {
    words: ["test", "run"],
    usage: "test run SUITE --versions VERSION,VERSION",
    options: ["versions"],
    maxPositionals: 1,
    run: runSuite,
  },
  {
    words: ["rollouts", "start"],
    usage: [
      "rollouts start USE_CASE VERSION [--plan canary|blue-green|all-at-once|FILE]",
      "  [--prediction FILE] [--supersede] [--reason TEXT]",
    ].join("\n    "),
    options: ["plan", "prediction", "supersede", "reason"],
    maxPositionals: 2,
    run: startRollout,
  },
  {
    words: ["rollouts", "status"],
    usage: "rollouts status [ROLLOUT]",
    options: [],
    maxPositionals: 1,
    run: showRollouts,
  },
  { words: ["rollouts", "watch"], usage: "rollouts watch ROLLOUT", options: [], maxPositionals: 1, run: watchRollout },
  ...(["step", "pause", "resume", "abort", "retry"] as const).map((command): Command => ({
    words: ["rollouts", command],
    usage: `rollouts ${command} ROLLOUT [--reason TEXT]`,
    options: ["reason"],
    maxPositionals: 1,
    run: commandRollout(command),
  })),
  {
    words: ["rollouts", "promote"],
    usage: "rollouts promote ROLLOUT [--fully] [--reason TEXT]",
    options: ["fully", "reason"],
    maxPositionals: 1,
    run: commandRollout("promote"),
  },
  {
    words: ["rollouts", "back"],
    usage: "rollouts back ROLLOUT [--reason TEXT]",
    options: ["reason"],
    maxPositionals: 1,
    run: goBack,
  },
  {
    words: ["rollouts", "simulate"],
    usage: "rollouts simulate FILE|- [--runs N] [--seed N]",
    options: ["runs", "seed"],
    maxPositionals: 1,
    run: simulatePlan,
  },
  {
    words: ["rollouts", "analyse"],
    usage: "rollouts analyse [FILE|-] [--plan canary|blue-green|all-at-once|FILE]",
    options: ["plan"],
    maxPositionals: 1,
    runAlone: analyseFile,
  },
  {
    words: ["rollouts", "replay"],
    usage: "rollouts replay FILE|-",
    options: [],
    maxPositionals: 1,
    runAlone: replayFile,
  },
  { words: ["gateway"], usage: "gateway [--port N]", options: ["port"], maxPositionals: 0, run: openGateway },
  {
    words: ["logs", "list"],
    usage: "logs list [--use-case NAME] [--limit N]",
    options: ["use-case", "limit"],
    maxPositionals: 0,
    run: listLogs,
  },
  { words: ["logs", "show"], usage: "logs show INFERENCE_ID", options: [], maxPositionals: 1, run: showLog },
  {
    words: ["diagnostics"],
    usage: "diagnostics [FILE]",
    options: [],
    maxPositionals: 1,
    runAlone: async (terminal) => (await import("./diagnostics.ts")).packDiagnostics(terminal),
  },
  { words: ["sign-out"], usage: "sign-out", options: [], maxPositionals: 0, runAlone: signOutBrowsers },
  { words: ["guard"], usage: "guard TEXT|-", options: [], maxPositionals: anyNumber, run: checkText },
];

export const usage = [
  "Usage: taleward COMMAND [--data-dir FOLDER] [--json]",
  "",
  ...commands.map(({ usage: line }) => `  ${line}`),
  "",
  "A VERSION is model@version, model@alias, a model's name for its newest, or an id. A SUITE is a name or an id.",
  "A ROLLOUT is its id, or its use case for the one in progress there, or else the latest.",
  "With --json every answer is JSON, one object a line. Ctrl C stops a generation, a test run or a pull and keeps",
  "what there is: cleared text, finished results, fetched data.",
  "",
  "Exit codes: 0 done, 1 failed, 2 bad input; guard: 3 the text would be held back; test run: 4 a case failed;",
  "rollouts watch: 4 it was rolled back; models drift --check: 4 a version drifted.",
].join("\n");
