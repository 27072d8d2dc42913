import { ORPCError } from "@orpc/client";
import { failureStatus } from "../../shared/contract/errors.ts";
import type { ModelVersion, PerformanceSlice } from "../../shared/contract/registry.ts";
import type { GgufFile, ModelDetails } from "../../shared/contract/servers.ts";
import type { Client } from "./connect.ts";
import { answer, type Invocation, requiredWord } from "./invocation.ts";
import { nameOf, namedVersion } from "./named-version.ts";
import { bytes, counted, facts, localTime, milliseconds, perSecond } from "./text.ts";

const dayMs = 86_400_000;

/** What the server or the file tells; `trouble` says why there is nothing. */
type Source =
  | { readonly type: "server"; readonly details: ModelDetails }
  | { readonly type: "file"; readonly file: GgufFile }
  | { readonly type: "unknown"; readonly trouble: string };

/** One version: what it is, how it did in the last day, and what its server says of it. */
export async function showVersion(invocation: Invocation): Promise<number> {
  const { client, signal } = invocation;
  const name = requiredWord(invocation, "The version", "taleward models show llama3.1-8b@1.0");
  const version = await namedVersion(client, name);
  const slices = await client.registry.performance({
    versionId: version.id,
    sinceMs: Date.now() - dayMs,
    sliceMs: dayMs,
  });
  const source = await sourceOf(client, version, signal);
  const lastDay = slices[0] ?? null;
  answer(invocation, { version, lastDay, source }, () => describe(version, lastDay, source));
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

function describe(version: ModelVersion, lastDay: PerformanceSlice | null, source: Source): string {
  const { configuration, drift } = version;
  const { options, ...places } = configuration;
  return [
    `${nameOf(version)}\n`,
    facts([
      ["Id", version.id],
      [
        "Status",
        `${version.status}${version.assignedTo.length > 0 ? `, answers ${version.assignedTo.join(", ")}` : ""}`,
      ],
      ["Provider", `${version.provider}, ${version.modelType.replace("_", " ")}`],
      ...Object.entries(places).map(([name, value]) => [inWords(name), shown(value)] as const),
      ["Options", options === undefined ? null : shown(options)],
      ["Digest", version.digest ?? "not told by the server"],
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
    source.type === "file" ? "\nFile\n" : "\nOn the server\n",
    facts(describeSource(source)),
  ].join("");
}

function figures(day: PerformanceSlice): [string, string][] {
  return [
    ["Calls", `${day.calls}, ${day.failed} failed, ${day.violations} with findings, ${day.held} held`],
    ["First token", `p50 ${milliseconds(day.firstTokenP50Ms)}, p95 ${milliseconds(day.firstTokenP95Ms)}`],
    ["Whole answer", `p50 ${milliseconds(day.totalP50Ms)}, p95 ${milliseconds(day.totalP95Ms)}`],
    ["Speed", `p50 ${perSecond(day.tokensPerSecondP50)}`],
    ["Written", counted(day.completionTokens, "token")],
  ];
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
