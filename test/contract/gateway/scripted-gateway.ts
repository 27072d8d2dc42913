import { connect, type Socket } from "node:net";
import { v7 as uuid } from "uuid";
import { Failure } from "../../../src/main/base/failure.ts";
import { Gateway, type GatewayPorts } from "../../../src/main/gateway/gateway.ts";
import type { GatewayTextCall } from "../../../src/main/gateway/ports.ts";
import type { Embeddings } from "../../../src/main/inference/provider.ts";
import type { SecretStore } from "../../../src/main/host/secrets.ts";
import { assignmentId, inferenceId, modelId, versionId } from "../../../src/shared/contract/ids.ts";
import type { InferenceEvent } from "../../../src/shared/contract/inference.ts";
import type { ModelVersion, UseCase } from "../../../src/shared/contract/registry.ts";
import { aTest } from "../../kit/actors.ts";

/** A gateway on a real socket, in front of a script instead of models. */
export interface ScriptedGateway {
  readonly gateway: Gateway;
  readonly port: number;
  readonly url: string;
  readonly key: string;
  /** What was asked of the models. */
  readonly asked: GatewayTextCall[];
  /** `load story_generation` and the like. */
  readonly residency: string[];
  close(): Promise<void>;
}

export type Script = (call: GatewayTextCall, signal: AbortSignal) => AsyncIterable<InferenceEvent>;

export const smollm = version("smollm2", "1.0", ["stable"]);

/** Storage of a test's own: settings and secrets that live as long as the object. */
export function memory() {
  const kept = new Map<string, string>();
  const secrets: SecretStore = {
    available: true,
    description: "Kept in the test.",
    get: (name) => Promise.resolve(kept.get(`secret ${name}`) ?? null),
    set: (name, value) => {
      if (value === null) kept.delete(`secret ${name}`);
      else kept.set(`secret ${name}`, value);
      return Promise.resolve();
    },
  };
  return {
    secrets,
    settings: {
      get: (key: string) => Promise.resolve(kept.get(key) ?? null),
      put: (key: string, value: string) => {
        kept.set(key, value);
        return Promise.resolve();
      },
    },
  };
}

/** What a gateway needs, with one use case, one version of it and a script for its answers. */
export function scriptedPorts(script: Script, asked: GatewayTextCall[] = [], residency: string[] = []): GatewayPorts {
  return {
    ...memory(),
    names: {
      hasUseCase: (name) => Promise.resolve(name === "story_generation" || name === "unassigned"),
      useCases: () => Promise.resolve([useCase("story_generation", smollm), useCase("unassigned", null)]),
      versions: () => Promise.resolve([smollm]),
      version: () => Promise.resolve(smollm),
      find: (name) =>
        ["smollm2", "smollm2@1.0", "smollm2@stable"].includes(name)
          ? Promise.resolve(smollm)
          : Promise.reject(new Failure("NOT_FOUND", `There is no ${name}.`, { remedy: "Register it." })),
    },
    models: {
      chat: (call, signal) => {
        asked.push(call);
        return script(call, signal);
      },
      embed: ({ texts, began }) => {
        began?.(id);
        return Promise.resolve({ ...oneVector, vectors: texts.map((text) => [text.length, 0, 0]) });
      },
    },
    hosts: {
      describe: () => Promise.resolve(null),
      setResidency: (_version, seconds) => {
        residency.push(String(seconds));
        return Promise.resolve();
      },
      serverOf: () => null,
      runningAt: () => Promise.resolve([]),
    },
    health: { healthOf: () => Promise.resolve(null) },
    library: noLibrary,
    nowMs: Date.now,
    changes: { announce: () => {} },
  };
}

const noLibrary: GatewayPorts["library"] = {
  async *pull() {},
  async *create() {},
  copy: () => Promise.resolve(),
  remove: () => Promise.resolve(),
  hasBlob: () => Promise.resolve(false),
  putBlob: () => Promise.resolve(),
};

export async function startScriptedGateway(
  script: Script = streams("The lamp went out."),
  overrides: Partial<GatewayPorts> = {},
): Promise<ScriptedGateway> {
  const asked: GatewayTextCall[] = [];
  const residency: string[] = [];
  const gateway = new Gateway({ ...scriptedPorts(script, asked, residency), ...overrides });
  await gateway.start({ listen: true });
  const { url, key, trouble } = await gateway.configure({ enabled: true, port: 0 });
  if (url === null || key === null) throw new Error(trouble ?? "it did not start");
  return { gateway, port: Number(new URL(url).port), url, key, asked, residency, close: () => gateway.close() };
}

/** A call that tells a text, a word an event. */
export function streams(text: string, end: Partial<Extract<InferenceEvent, { type: "done" }>> = {}): Script {
  return async function* () {
    yield started();
    for (const word of text.match(/\s*\S+/g) ?? []) yield { type: "token", text: word };
    yield done(end);
  };
}

/** A call that tells these events between its first and its last. */
export function plays(events: readonly InferenceEvent[], last: InferenceEvent = done()): Script {
  return async function* () {
    yield started();
    yield* events;
    yield last;
  };
}

const id = inferenceId.parse(uuid());

/** What a model made of a text. */
export const oneVector: Embeddings = { vectors: [[1]], promptTokens: 3, loadMs: null, promptTruncated: false };

export function started(): InferenceEvent {
  const { model, version: label, id: ofVersion, digest } = smollm;
  const named = { model, version: label, versionId: ofVersion, digest };
  return { type: "started", inferenceId: id, useCase: "story_generation", registryStale: false, ...named };
}

export function done(change: Partial<Extract<InferenceEvent, { type: "done" }>> = {}): InferenceEvent {
  return {
    type: "done",
    inferenceId: id,
    model: smollm.model,
    version: smollm.version,
    versionId: smollm.id,
    digest: smollm.digest,
    promptTokens: 11,
    completionTokens: 5,
    finishReason: "stop",
    timings: { queueMs: null, loadMs: 30, prefillMs: 12.5, decodeMs: 40, firstTokenMs: 45, totalMs: 90 },
    verdict: { severity: "none", findings: [] },
    promptTruncated: false,
    attempts: [],
    ...change,
  };
}

export function failed(
  errorClass: Extract<InferenceEvent, { type: "failed" }>["errorClass"],
): Extract<InferenceEvent, { type: "failed" }> {
  const words = { message: `It was ${errorClass}.`, remedy: "Look at the server." };
  return { type: "failed", inferenceId: id, errorClass, ...words, attempts: [] };
}

export const held: Extract<InferenceEvent, { type: "held" }> = {
  type: "held",
  finding: {
    ruleId: "S7.card",
    category: "S7",
    severity: "high",
    score: 0.9,
    message: "a card’s number stands in the text",
  },
  severity: "high",
  reason: "A card's number was held back.",
  fallback: "He kept the number to himself.",
};

function version(model: string, label: string, aliases: string[]): ModelVersion {
  return {
    id: versionId.parse(uuid()),
    modelId: modelId.parse(uuid()),
    model,
    modelType: "self_hosted",
    provider: "embedded",
    version: label,
    status: "active",
    digest: `sha256:${"ab".repeat(32)}`,
    configuration: { file: "starter" },
    createdAtMs: Date.UTC(2026, 0, 2),
    assignedTo: ["story_generation"],
    tags: [],
    aliases,
    note: "",
    drift: null,
  };
}

function useCase(name: string, assigned: ModelVersion | null): UseCase {
  const assignment = assigned && {
    id: assignmentId.parse(uuid()),
    useCase: name,
    versionId: assigned.id,
    model: assigned.model,
    version: assigned.version,
    fallbacks: [],
    defaults: {},
    fromMs: Date.UTC(2026, 0, 3),
    untilMs: null,
    by: aTest,
    reason: null,
  };
  return { name, description: "", assignment };
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Whether the server ended the connection in good order. */
  readonly endedCleanly: boolean;
}

/** Writes bytes on a socket and reads until the other side ends. */
export function raw(port: number, bytes: string | readonly (string | Buffer)[]): Promise<RawAnswer> {
  const socket = connect(port, "127.0.0.1");
  const answer = answerOn(socket);
  for (const part of typeof bytes === "string" ? [bytes] : bytes) socket.write(part);
  return answer;
}

/** What comes on a socket until the other side ends. Rejects where it broke before anything came. */
export function answerOn(socket: Socket): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    let text = "";
    let ended = false;
    socket.setEncoding("utf8");
    socket.on("data", (part: string) => (text += part));
    socket.on("end", () => (ended = true));
    socket.on("error", (error) => (text === "" ? reject(error) : undefined));
    socket.on("close", () => {
      const [head = "", ...rest] = text.split("\r\n\r\n");
      const [first = "", ...lines] = head.split("\r\n");
      const headers = Object.fromEntries(
        lines.map((line) => [line.slice(0, line.indexOf(":")).toLowerCase(), line.slice(line.indexOf(":") + 1).trim()]),
      );
      resolve({ status: Number(first.split(" ")[1]), headers, body: rest.join("\r\n\r\n"), endedCleanly: ended });
    });
  });
}

/** A request as it goes over the wire; the connection ends with its answer. */
export function requestBytes(
  port: number,
  method: string,
  path: string,
  options: { headers?: Readonly<Record<string, string>>; body?: string; host?: string | null } = {},
): string {
  const { headers = {}, body, host = `127.0.0.1:${port}` } = options;
  const lines = [
    `${method} ${path} HTTP/1.1`,
    ...(host === null ? [] : [`Host: ${host}`]),
    "Connection: close",
    ...(body === undefined ? [] : [`Content-Length: ${Buffer.byteLength(body)}`]),
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
  ];
  return `${lines.join("\r\n")}\r\n\r\n${body ?? ""}`;
}
