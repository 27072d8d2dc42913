import { eventIterator } from "@orpc/contract";
import { z } from "zod";
import { route } from "./errors.ts";
import { finding, severity, verdict } from "./guardrails.ts";
import { inferenceId, versionId } from "./ids.ts";

/** A use case's name: lower case words joined by underscores, such as `story_generation`. */
export const useCaseName = z
  .string()
  .max(64)
  .regex(/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/, "lower case words joined by underscores, such as story_generation");

/** How long to wait, in milliseconds, for each step of an answer; what is left out is the version's or the default. */
export const deadlines = z.object({
  connectMs: z.number().int().min(10).max(600_000).optional(),
  /** From the request to the first token: a model may have to be loaded from disk. */
  firstTokenMs: z.number().int().min(10).max(3_600_000).optional(),
  betweenTokensMs: z.number().int().min(10).max(600_000).optional(),
  /** All attempts together, queueing included; a version's is that of the calls that go to it first. */
  totalMs: z.number().int().min(10).max(86_400_000).optional(),
});
export type Deadlines = z.infer<typeof deadlines>;

/** `json` asks for any JSON; an object is a JSON Schema the answer has to fit. Both are checked by Taleward itself. */
export const responseFormat = z.union([z.literal("json"), z.record(z.string().max(200), z.json())]);
export type ResponseFormat = z.infer<typeof responseFormat>;

export const toolDefinition = z.object({
  name: z.string().min(1).max(200),
  description: z.string().max(100_000).optional(),
  /** A JSON Schema of the arguments. */
  parameters: z.record(z.string().max(200), z.json()).optional(),
});
export type ToolDefinition = z.infer<typeof toolDefinition>;

export const toolCall = z.object({
  id: z.string().max(200),
  name: z.string().max(200),
  arguments: z.record(z.string(), z.json()),
});
export type ToolCall = z.infer<typeof toolCall>;

/** Options of a call in Ollama's vocabulary; what is left out is the use case's, the version's or the model's default. */
export const generationOptions = z.object({
  temperature: z.number().min(0).max(5).optional(),
  topP: z.number().gt(0).max(1).optional(),
  topK: z.number().int().min(0).max(10_000).optional(),
  minP: z.number().min(0).max(1).optional(),
  typicalP: z.number().gt(0).max(1).optional(),
  repeatPenalty: z.number().min(0).max(5).optional(),
  repeatLastN: z.number().int().min(-1).max(100_000).optional(),
  presencePenalty: z.number().min(-10).max(10).optional(),
  frequencyPenalty: z.number().min(-10).max(10).optional(),
  seed: z.number().int().min(0).max(4_294_967_295).optional(),
  maxTokens: z.number().int().min(1).max(4_194_304).optional(),
  stop: z.array(z.string().min(1).max(1_000)).max(256).optional(),
  threads: z.number().int().min(1).max(256).optional(),
  format: responseFormat.optional(),
  /** Unset means what the model does by itself: on, for a thinking model in Ollama. */
  think: z.union([z.boolean(), z.enum(["low", "medium", "high"])]).optional(),
  /** How long the weights stay in memory afterwards: seconds, or a duration such as `5m`; negative is for ever. */
  keepAlive: z
    .union([
      z.number().min(-1).max(31_536_000),
      z.string().regex(/^-?\d+(\.\d+)?(ms|s|m|h)$/, "a duration such as 30s, 5m or 1h"),
    ])
    .optional(),
  tools: z.array(toolDefinition).max(128).optional(),
  /** The one message is the whole prompt, sent without the model's chat template. */
  raw: z.boolean().optional(),
  /** What the text has to lead up to: the model fills in between the prompt, which is one message, and this. */
  suffix: z.string().max(1_000_000).optional(),
  /** A prompt longer than the model's window loses its oldest turns, never its system text nor its last turn; unset, it is an error. */
  truncate: z.boolean().optional(),
  /** Handed to the server as they are, for what has no name of its own here, such as `num_gpu`. */
  serverOptions: z.record(z.string().max(64), z.json()).optional(),
});
export type GenerationOptions = z.infer<typeof generationOptions>;

/** An http(s) address. With a path it is the generate URL itself; without one, a server's base URL. */
export const endpointUrl = z
  .url({ protocol: /^https?$/, error: "an http:// or https:// address, such as http://127.0.0.1:11434" })
  .max(2_000);

/**
 * What happens to the prose of a version: `none` leaves it as the model wrote it, `small_model` leaves out what is no story
 * (a preamble, talk about the text, a list nobody asked for, loops, an unfinished end), visibly and to be taken back.
 */
const shape = z.enum(["none", "small_model"]);
export type Shape = z.infer<typeof shape>;

export const versionConfiguration = z.object({
  endpoint: endpointUrl.optional(),
  /** Further servers with the same model: a call goes to the one with the fewest calls whose circuit breaker is not open. */
  replicas: z.array(endpointUrl).max(16).optional(),
  /** The name the server knows the model by; the model's own name when left out. */
  serverModel: z.string().min(1).max(300).optional(),
  /** For the embedded provider: a GGUF file's name inside the data directory's `models` folder, its absolute path, or `starter`. */
  file: z.string().min(1).max(4_000).optional(),
  contextTokens: z.number().int().min(256).max(4_194_304).optional(),
  options: generationOptions.optional(),
  deadlines: deadlines.optional(),
  /** Left out: `small_model` below 1 billion parameters, `none` from there on and where their number is not known. */
  shape: shape.optional(),
});
export type VersionConfiguration = z.infer<typeof versionConfiguration>;

export const message = z.object({
  role: z.enum(["system", "user", "assistant", "tool"]),
  content: z.string(),
  /** What the assistant thought before it answered, for models that are given it back. */
  thinking: z.string().optional(),
  /** Base64 of PNG or JPEG files, for models that see. */
  images: z.array(z.base64()).max(16).optional(),
  /** Calls the assistant made. */
  toolCalls: z.array(toolCall).max(128).optional(),
  /** Which call a `tool` message answers. */
  toolCallId: z.string().max(200).optional(),
  toolName: z.string().max(200).optional(),
});
export type Message = z.infer<typeof message>;

/** How a call failed: what to retry, what to fall back from, and what to show the person. */
export const errorClass = z.enum([
  "refused", // nothing listens there, the name has no address, or the connection broke before an answer
  "timeout", // no connection, no first token, a stall between tokens, or the call's whole time was up
  "broken_stream", // the answer ended without its final line, broke off, or had a line that is not the protocol's
  "model_not_found",
  "model_changed", // the name on the server holds other content than the version was pinned to
  "overloaded", // 429, or a full queue (503)
  "rejected", // the server refuses the request (400): the request itself has to change
  "not_allowed", // 401 and 403: a key, a sign-in or an origin is missing
  "server_error", // another error status, or an error inside the stream
  "engine_crashed", // the built-in engine's process ended
  "not_enough_memory",
  "no_model", // nothing is assigned to the use case
  "prompt_too_large",
  "invalid_output", // the answer does not fit the requested format, after its repairs
  "storage", // the call could not be logged, so it was not made
  "internal",
]);
export type ErrorClass = z.infer<typeof errorClass>;

/** Milliseconds; null where the provider reported none. */
export const timings = z.object({
  /** Waiting for a free slot at the endpoint or for the engine. */
  queueMs: z.number().nullable(),
  loadMs: z.number().nullable(),
  prefillMs: z.number().nullable(),
  decodeMs: z.number().nullable(),
  firstTokenMs: z.number().nullable(),
  totalMs: z.number(),
});
export type Timings = z.infer<typeof timings>;

/** `repetition`: the shaper of a small model stopped it in a loop. */
export const finishReason = z.enum(["stop", "length", "repetition", "tool_calls", "held", "stopped"]);
export type FinishReason = z.infer<typeof finishReason>;

/** Why the shaper left out a part of what a small model said: see `shaping/prose.ts`. `space` is white space alone. */
export const leftOutReason = z.enum(["preamble", "title", "aside", "list", "repetition", "unfinished", "space"]);
export type LeftOutReason = z.infer<typeof leftOutReason>;
/** A part of an answer that its reader was not shown: UTF-16 offsets into the answer as the model wrote it, the end exclusive. */
export const leftOut = z.object({ start: z.number().int(), end: z.number().int(), reason: leftOutReason });
export type LeftOut = z.infer<typeof leftOut>;

/** One attempt of a call, in order; the last one is how it ended. */
export const attempt = z.object({
  versionId: versionId.nullable(),
  model: z.string(),
  version: z.string(),
  /** The server's base or generate URL; null for the built-in engine. */
  endpoint: z.string().nullable(),
  /** Since the call began. */
  atMs: z.number(),
  /** Includes the wait in the endpoint's queue. */
  durationMs: z.number(),
  outcome: z.enum(["answered", "failed", "skipped"]),
  errorClass: errorClass.nullable(),
  message: z.string().nullable(),
  /** What was done next: the same version again, where the next attempt shows; the next in the chain; another answer in the right format; or nothing. */
  next: z.enum(["retry", "fallback", "repair", "end"]),
});
export type Attempt = z.infer<typeof attempt>;

/** What a call is for: a use case, or one version. */
export const callTarget = z.discriminatedUnion("type", [
  z.object({ type: z.literal("use_case"), useCase: useCaseName }),
  z.object({ type: z.literal("version"), versionId }),
]);
export type CallTarget = z.infer<typeof callTarget>;

/** The use case under which calls of a version itself are logged. */
export const directUseCase = "direct";

/** What a caller of one inference sees, in order: `started`, any number of the middle ones, then `done` or `failed`. */
export const inferenceEvent = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("started"),
    inferenceId,
    useCase: z.string(),
    model: z.string(),
    version: z.string(),
    versionId,
    digest: z.string().nullable(),
    registryStale: z.boolean(),
  }),
  /** Another attempt began: the version that answers may be another one. No text was shown of the one before, only thoughts may have been. */
  z.object({
    type: z.literal("attempt"),
    failed: attempt,
    model: z.string(),
    version: z.string(),
    versionId,
  }),
  /** A thinking model's thoughts, checked and passed like text. */
  z.object({ type: z.literal("thought"), text: z.string() }),
  /** Text that was checked and passed. */
  z.object({ type: z.literal("token"), text: z.string() }),
  /** Checked text that the shaper of a small model leaves out of the answer. With the tokens, in order, it is what the model wrote. */
  z.object({ type: z.literal("left_out"), text: z.string(), reason: leftOutReason }),
  /** All text so far was thinking: the model has only now ended a thought that it never opened. `marker` is what it ended it with. */
  z.object({ type: z.literal("text_was_thought"), marker: z.string() }),
  /** A tool the model wants called; its arguments were checked like text. */
  z.object({ type: z.literal("tool_call"), call: toolCall }),
  /** Text was blocked; `fallback` is shown instead. */
  z.object({
    type: z.literal("held"),
    finding: finding.omit({ start: true, end: true }),
    severity,
    /** What was blocked and why, in a sentence for a person. */
    reason: z.string(),
    fallback: z.string(),
  }),
  /** Sent after the log row is committed. */
  z.object({
    type: z.literal("done"),
    inferenceId,
    model: z.string(),
    version: z.string(),
    versionId,
    digest: z.string().nullable(),
    promptTokens: z.number().int().nullable(),
    completionTokens: z.number().int().nullable(),
    finishReason,
    timings,
    verdict,
    /** The server cut the prompt to its context window. */
    promptTruncated: z.boolean(),
    /** How many of the oldest messages were left out, as `truncate` asks for; absent where none was. */
    droppedMessages: z.number().int().optional(),
    attempts: z.array(attempt),
  }),
  /** Sent after the log row is committed, except where the log itself is what failed. */
  z.object({
    type: z.literal("failed"),
    inferenceId: inferenceId.nullable(),
    errorClass,
    message: z.string(),
    remedy: z.string(),
    attempts: z.array(attempt),
  }),
]);
export type InferenceEvent = z.infer<typeof inferenceEvent>;

/** What went over the wire, for the playground: one request, and what was answered, cut at 256 KiB. */
export const wireEvent = z.discriminatedUnion("type", [
  z.object({ type: z.literal("wire_request"), method: z.string(), url: z.string(), body: z.string() }),
  /** Sent at the end, and only where nothing was blocked. `body` is the bytes as text, one line a message. */
  z.object({ type: z.literal("wire_response"), status: z.number().int().nullable(), body: z.string() }),
]);
export type WireEvent = z.infer<typeof wireEvent>;

export const starterStatus = z.object({
  state: z.enum(["absent", "downloading", "verifying", "installed"]),
  bytesDone: z.number().int(),
  bytesTotal: z.number().int(),
  bytesPerSecond: z.number().nullable(),
  source: z.string().nullable(),
});
export type StarterStatus = z.infer<typeof starterStatus>;

/** One endpoint's traffic right now. */
export const endpointLoad = z.object({
  /** The server's base or generate URL; `embedded` for the built-in engine. */
  endpoint: z.string(),
  running: z.number().int(),
  queued: z.number().int(),
  maxConcurrent: z.number().int(),
  /** The circuit breaker of the endpoint is open until then, after repeated failures; null when it is closed. */
  circuitOpenUntilMs: z.number().int().nullable(),
  /** Of the last failure of the server itself; null when the last call succeeded. */
  lastError: z.string().nullable(),
  /** The models there that failed since they last answered, each with a circuit breaker of its own. */
  models: z.array(
    z.object({ model: z.string(), circuitOpenUntilMs: z.number().int().nullable(), lastError: z.string().nullable() }),
  ),
});
export type EndpointLoad = z.infer<typeof endpointLoad>;

export const inferenceContract = {
  /** One guarded, logged call from a prompt, without a story around it. */
  generate: route
    .input(
      z.object({
        useCase: useCaseName,
        prompt: z.string().trim().min(1).max(200_000),
        options: generationOptions.optional(),
      }),
    )
    .output(eventIterator(inferenceEvent)),
  /** One guarded, logged call from messages as they are, to a use case or to one version. `wire` adds what was sent and answered. */
  chat: route
    .input(
      z.object({
        target: callTarget,
        messages: z.array(message).min(1).max(1_000),
        options: generationOptions.default({}),
        deadlines: deadlines.optional(),
        wire: z.boolean().default(false),
      }),
    )
    .output(eventIterator(z.union([inferenceEvent, wireEvent]))),
  /** Vectors of texts by a version; each vector is as long as that model's, and not normalised by Taleward. */
  embed: route
    .input(z.object({ versionId, texts: z.array(z.string().min(1).max(100_000)).min(1).max(256) }))
    .output(z.object({ vectors: z.array(z.array(z.number())), promptTokens: z.number().int().nullable() })),
  /** What answers a use case right now, for the status bar. */
  status: route.input(z.object({ useCase: useCaseName })).output(
    z.object({
      assigned: z.object({ model: z.string(), version: z.string(), provider: z.string() }).nullable(),
      /** Whether the weights are in memory; null where it is not known. */
      loaded: z.boolean().nullable(),
      /** Of the last finished call; null before the first. */
      tokensPerSecond: z.number().nullable(),
      running: z.number().int(),
      queued: z.number().int(),
      registryStale: z.boolean(),
      /** The fallback that answers at present, and why the assigned version does not; null while that one does, or none can. */
      fallback: z.object({ model: z.string(), version: z.string(), because: z.string() }).nullable(),
      /** Why no call can succeed now, in a sentence; null when one can. */
      trouble: z.string().nullable(),
    }),
  ),
  /** Every endpoint that was called since the start, with its queue. */
  load: route.output(z.array(endpointLoad)),
  starter: route.output(starterStatus),
  /** Fetches, verifies, registers and assigns the starter model; resumes what an earlier try left. Cancelled by its signal. */
  installStarter: route.output(eventIterator(starterStatus)),
};
