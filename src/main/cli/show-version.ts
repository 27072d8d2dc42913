import { ORPCError } from "@orpc/client";
import { failureStatus } from "../../shared/contract/errors.ts";
import type {
  Judgements,
  ModelVersion,
  PerformanceSlice,
  Pinning,
  SuiteJudgement,
} from "../../shared/contract/registry.ts";
import type { GgufFile, ModelDetails } from "../../shared/contract/servers.ts";
import type { Client } from "./connect.ts";
import { answer, type Invocation, requiredWord } from "./invocation.ts";
import { nameOf, namedVersion } from "./named-version.ts";
import { bytes, counted } from "../../shared/format.ts";
import { facts, localTime, milliseconds, perSecond, pinningWords } from "./text.ts";

const dayMs = 86_400_000;

/** What the server or the file reports; `trouble` is the reason where there is nothing. */
type Source =
  | { readonly type: "server"; readonly details: ModelDetails }
  | { readonly type: "file"; readonly file: GgufFile }
  | { readonly type: "unknown"; readonly trouble: string };

/** What is shown of a version. */
interface Shown {
  readonly version: ModelVersion;
  readonly pinning: Pinning;
  readonly lastDay: PerformanceSlice | null;
  readonly judgements: Judgements;
  readonly source: Source;
}

/** One version: what it is, how it did in the last day, how it was judged, and what its server reports of it. */
export async function showVersion(invocation: Invocation): Promise<number> {
  const { client, signal } = invocation;
  const name = requiredWord(invocation, "The version", "taleward models show llama3.1-8b@1.0");
  const version = await namedVersion(client, name);
  const asked = { versionId: version.id };
  const [pinning, slices, judgements, source] = await Promise.all([
    client.registry.pinning(asked, { signal }),
    client.registry.performance({ ...asked, sinceMs: Date.now() - dayMs, sliceMs: dayMs }),
    client.registry.judgements(asked),
    sourceOf(client, version, signal),
  ]);
  answer(invocation, { version, pinning, lastDay: slices[0] ?? null, judgements, source }, describe);
  return 0;
}

async function sourceOf(client: Client, version: ModelVersion, signal: AbortSignal): Promise<Source> {
  const { file, endpoint, serverModel, contextTokens } = version.configuration;
  try {
    if (version.provider === "embedded") {
      const asked = { path: file ?? "", ...(contextTokens === undefined ? {} : { contextTokens }) };
      return { type: "file", file: await client.servers.inspectFile(asked, { signal }) };
    }
    if (version.provider === "openai")
      return { type: "unknown", trouble: "Servers that speak OpenAI's API do not describe their models." };
    const { ollamaEndpoint } = await client.app.info();
    const server = endpoint === undefined ? ollamaEndpoint : new URL(endpoint).origin;
    const model = serverModel ?? version.model;
    return { type: "server", details: await client.servers.show({ endpoint: server, model }, { signal }) };
  } catch (error) {
    // The version is known whether or not its server is there.
    if (error instanceof ORPCError && error.code in failureStatus) return { type: "unknown", trouble: error.message };
    throw error;
  }
}

function describe({ version, pinning, lastDay, judgements, source }: Shown): string {
  const { configuration, drift } = version;
  const { options, ...locations } = configuration;
  return [
    `${nameOf(version)}\n`,
    facts([
      ["Id", version.id],
      [
        "Status",
        `${version.status}${version.assignedTo.length > 0 ? `, answers ${version.assignedTo.join(", ")}` : ""}`,
      ],
      ["Provider", `${version.provider}, ${version.modelType.replace("_", " ")}`],
      ...Object.entries(locations).map(([name, value]) => [inWords(name), shown(value)] as const),
      ["Options", options === undefined ? null : shown(options)],
      ["Digest", version.digest ?? pinningWords(pinning)],
      [
        "Drift",
        drift && `${drift.endpoint} has ${drift.foundDigest} under this name since ${localTime(drift.foundAtMs)}`,
      ],
      ["Tags", version.tags.join(", ")],
      ["Aliases", version.aliases.map((alias) => `${version.model}@${alias}`).join(", ")],
      ["Registered", localTime(version.createdAtMs)],
      ["Note", version.note],
    ]),
    "\nLast 24 hours\n",
    facts(lastDay === null ? [["Calls", "none"]] : figures(lastDay)),
    "\nHow it was judged\n",
    facts(describeJudgements(judgements)),
    source.type === "file" ? "\nFile\n" : "\nOn the server\n",
    facts(describeSource(source)),
  ].join("");
}

function figures(day: PerformanceSlice): [string, string][] {
  return [
    ["Calls", `${day.calls}, ${day.failed} failed, ${day.violations} with findings, ${day.held} held back`],
    ["First token", `p50 ${milliseconds(day.firstTokenP50Ms)}, p95 ${milliseconds(day.firstTokenP95Ms)}`],
    ["Whole answer", `p50 ${milliseconds(day.totalP50Ms)}, p95 ${milliseconds(day.totalP95Ms)}`],
    ["Speed", `p50 ${perSecond(day.tokensPerSecondP50)}`],
    ["Written", counted(day.completionTokens, "token")],
  ];
}

function describeJudgements({ ratings, suites }: Judgements): [string, string][] {
  const { mean, count } = ratings;
  return [
    ["Rated", mean === null ? "not yet" : `${mean.toFixed(1)} of 5, by ${counted(count, "rating")}`],
    ...(suites.length === 0 ? [["Test suites", "none run yet"] as [string, string]] : []),
    ...suites.map((suite): [string, string] => [suite.suiteName, verdictOf(suite)]),
  ];
}

function verdictOf({ passed, cases, errors, state, startedAtMs }: SuiteJudgement): string {
  const unjudged = errors > 0 ? `, ${errors} could not be judged` : "";
  return `${passed} of ${counted(cases, "case")} passed${unjudged}, ${localTime(startedAtMs)}${state === "finished" ? "" : `, ${state}`}`;
}

function describeSource(source: Source): [string, string | null][] {
  switch (source.type) {
    case "server": {
      const { details } = source;
      return [
        ["Size", details.sizeBytes === null ? null : bytes(details.sizeBytes)],
        ["Model", words(details.family, details.parameters, details.quantization, details.format)],
        ["Context", details.contextTokens === null ? null : counted(details.contextTokens, "token")],
        ["Can", details.capabilities.join(", ")],
        ["Digest", details.digest],
      ];
    }
    case "file": {
      const { file } = source;
      return [
        ["Path", file.path],
        ["Size", bytes(file.sizeBytes)],
        ["Model", words(file.name, file.architecture, file.parameters, file.quantization)],
        ["Context", file.contextTokens === null ? null : counted(file.contextTokens, "token")],
        [
          "Memory",
          `${bytes(file.neededBytes)} needed for ${counted(file.forContextTokens, "token")}, ${bytes(file.freeBytes)} free`,
        ],
        ["Licence", file.license],
      ];
    }
    case "unknown":
      return [["Unknown", source.trouble]];
  }
}

function words(...parts: (string | null)[]): string {
  return parts.filter((part) => part !== null).join(", ");
}

/** `contextTokens` as `Context tokens`. */
function inWords(name: string): string {
  const spaced = name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  return `${spaced.charAt(0).toUpperCase()}${spaced.slice(1)}`;
}

function shown(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
