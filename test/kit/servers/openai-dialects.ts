import type { IncomingHttpHeaders } from "node:http";

/** Servers that speak OpenAI's API, each with its own habits. */
export type Dialect = "llama.cpp" | "LM Studio" | "vLLM" | "LiteLLM" | "OpenAI";

export type JsonBody = Readonly<Record<string, unknown>>;

/** An answer to a question beside a call for text, or a refusal of one. */
export interface Reply {
  readonly status: number;
  readonly value: unknown;
}

/** What differs from server to server, as their documentation and sources tell it. */
export interface Habits {
  readonly headers: Readonly<Record<string, string>>;
  /** Of a path that only this server has; null where it has none of that name. */
  beside(path: string, body: JsonBody | null): Reply | null;
  /** A path nobody has. */
  unknown(method: string, path: string): Reply;
  /** What it says of a model beyond its id. */
  model(name: string): object;
  noSuchModel(name: string): Reply;
  badKey(given: string): Reply;
  /** Open to anybody, key or not. */
  readonly openPaths: readonly string[];
  /** The refusal of a call for text, null where it is taken. */
  refuse(body: JsonBody): Reply | null;
  /** What it adds to the chunk with the finish reason. */
  lastChunk(tokens: number): object;
}

const openAIError = (status: number, message: string, code: string | null, param: string | null = null): Reply => ({
  status,
  value: { error: { message, type: "invalid_request_error", param, code } },
});
const llamaError = (status: number, type: string, message: string, more: object = {}): Reply => ({
  status,
  value: { error: { code: status, message, type, ...more } },
});
const vllmError = (status: number, type: string, message: string): Reply => ({
  status,
  value: { object: "error", message, type, param: null, code: status },
});
const fastApiNotFound: Reply = { status: 404, value: { detail: "Not Found" } };
const promptOf = (body: JsonBody): string => JSON.stringify(body["messages"] ?? body["prompt"] ?? "");

/** The window of the scripted llama.cpp and vLLM, in tokens of four characters. */
export const scriptedWindow = 2_048;
const tokensOf = (text: string): number => Math.ceil(text.length / 4);

const llamaCpp: Habits = {
  headers: { server: "llama.cpp" },
  openPaths: ["/health", "/v1/health", "/models", "/v1/models"],
  beside: (path, body) => {
    switch (path) {
      case "/health":
        return { status: 200, value: { status: "ok" } };
      case "/props":
        return {
          status: 200,
          value: {
            default_generation_settings: { n_ctx: scriptedWindow },
            total_slots: 4,
            model_path: "/models/story.gguf",
            build_info: "b8681",
          },
        };
      case "/tokenize":
        return {
          status: 200,
          value: {
            tokens: String(body?.["content"])
              .split(" ")
              .map((_, index) => index),
          },
        };
      default:
        return null;
    }
  },
  unknown: () => llamaError(404, "not_found_error", "File Not Found"),
  model: () => ({ owned_by: "llamacpp", meta: { n_ctx_train: 8_192, n_params: 134_515_008, size: 91_720_000 } }),
  noSuchModel: (name) => openAIError(404, `model '${name}' not found`, "model_not_found"),
  badKey: () => llamaError(401, "authentication_error", "Invalid API Key"),
  refuse: (body) => {
    const prompt = tokensOf(promptOf(body));
    if (prompt < scriptedWindow) return null;
    const message = "the request exceeds the available context size, try increasing it";
    return llamaError(400, "exceed_context_size_error", message, { n_prompt_tokens: prompt, n_ctx: scriptedWindow });
  },
  lastChunk: (tokens) => ({
    timings: { prompt_n: 12, prompt_ms: 31.5, predicted_n: tokens, predicted_ms: tokens * 16 },
  }),
};

const lmStudio: Habits = {
  headers: { "x-powered-by": "Express" },
  openPaths: [],
  beside: (path) =>
    path === "/api/v0/models"
      ? {
          status: 200,
          value: {
            object: "list",
            data: [
              {
                id: "story-model",
                type: "llm",
                state: "loaded",
                quantization: "Q4_K_M",
                max_context_length: 131_072,
                loaded_context_length: 4_096,
              },
              {
                id: "sleeping-model",
                type: "llm",
                state: "not-loaded",
                quantization: "Q8_0",
                max_context_length: 32_768,
              },
            ],
          },
        }
      : null,
  // It answers what it does not know with status 200.
  unknown: (method, path) => ({ status: 200, value: { error: `Unexpected endpoint or method. (${method} ${path})` } }),
  model: () => ({ owned_by: "organization_owner" }),
  noSuchModel: (name) =>
    openAIError(404, `Model "${name}" not found. Please specify a valid model.`, "model_not_found", "model"),
  badKey: () => openAIError(401, "Malformed LM Studio API token provided", "invalid_api_key"),
  refuse: (body) =>
    typeOfFormat(body) === "json_object"
      ? { status: 400, value: { error: "'response_format.type' must be 'json_schema' or 'text'" } }
      : null,
  lastChunk: () => ({ stats: {} }),
};

const vllm: Habits = {
  headers: { server: "uvicorn" },
  openPaths: ["/version", "/health", "/tokenize"],
  beside: (path, body) => {
    if (path === "/version") return { status: 200, value: { version: "0.9.2" } };
    if (path !== "/tokenize") return null;
    const tokens = String(body?.["prompt"])
      .split(" ")
      .map((_, index) => index);
    return { status: 200, value: { count: tokens.length, max_model_len: scriptedWindow, tokens } };
  },
  unknown: () => fastApiNotFound,
  model: () => ({ owned_by: "vllm", max_model_len: scriptedWindow }),
  noSuchModel: (name) => vllmError(404, "NotFoundError", `The model \`${name}\` does not exist.`),
  badKey: () => ({ status: 401, value: { error: "Unauthorized" } }),
  refuse: (body) => {
    if (body["tools"] !== undefined) {
      const message = '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set';
      return vllmError(400, "BadRequestError", message);
    }
    if (Number(body["temperature"] ?? 0) > 2)
      return vllmError(400, "BadRequestError", "temperature must be in [0, 2], got 3.0.");
    const prompt = tokensOf(promptOf(body));
    if (prompt < scriptedWindow) return null;
    const message = `This model's maximum context length is ${scriptedWindow} tokens. However, you requested ${prompt} tokens in the messages. Please reduce the length of the messages.`;
    return vllmError(400, "BadRequestError", message);
  },
  lastChunk: () => ({}),
};

const liteLLM: Habits = {
  headers: { server: "uvicorn", "x-litellm-version": "1.72.0" },
  openPaths: ["/health/liveliness", "/health/readiness"],
  beside: (path) => (path === "/health/liveliness" ? { status: 200, value: "I'm alive!" } : null),
  unknown: () => fastApiNotFound,
  model: () => ({ owned_by: "openai" }),
  noSuchModel: (name) =>
    openAIError(
      400,
      `/chat/completions: Invalid model name passed in model=${name}. Call \`/v1/models\` to view available models for your key.`,
      "400",
    ),
  badKey: (given) =>
    openAIError(401, `Authentication Error, Invalid proxy server token passed. Received API Key = ${given}`, "401"),
  refuse: (body) => {
    const refused = ["top_k", "min_p", "seed"].filter((name) => body[name] !== undefined);
    if (refused.length === 0) return null;
    const list = refused.map((name) => `'${name}'`).join(", ");
    const message = `litellm.UnsupportedParamsError: anthropic does not support parameters: [${list}], for model=story. To drop these, set \`litellm.drop_params=True\`.`;
    return { status: 400, value: { error: { message, type: "None", param: null, code: "400" } } };
  },
  lastChunk: () => ({}),
};

const known = new Set(
  "model messages prompt stream stream_options temperature top_p presence_penalty frequency_penalty seed stop max_completion_tokens tools response_format reasoning_effort".split(
    " ",
  ),
);

const strictOpenAI: Habits = {
  headers: { "openai-version": "2020-10-01" },
  openPaths: [],
  beside: () => null,
  unknown: (method, path) => openAIError(404, `Invalid URL (${method} ${path})`, null),
  model: () => ({ owned_by: "system" }),
  noSuchModel: (name) =>
    openAIError(404, `The model \`${name}\` does not exist or you do not have access to it.`, "model_not_found"),
  badKey: (given) => openAIError(401, `Incorrect API key provided: ${given}.`, "invalid_api_key"),
  refuse: (body) => {
    if (body["max_tokens"] !== undefined) {
      const message =
        "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.";
      return openAIError(400, message, "unsupported_parameter", "max_tokens");
    }
    // One at a time, as it does.
    const extra = Object.keys(body).find((name) => !known.has(name));
    if (extra !== undefined) return openAIError(400, `Unknown parameter: '${extra}'.`, "unknown_parameter", extra);
    return null;
  },
  lastChunk: () => ({}),
};

export const habitsOf: Readonly<Record<Dialect, Habits>> = {
  "llama.cpp": llamaCpp,
  "LM Studio": lmStudio,
  vLLM: vllm,
  LiteLLM: liteLLM,
  OpenAI: strictOpenAI,
};

/** The key of a request; an empty text where it has none. */
export function keyOf(headers: IncomingHttpHeaders): string {
  return (headers.authorization ?? "").replace(/^Bearer /, "");
}

function typeOfFormat(body: JsonBody): unknown {
  const format = body["response_format"];
  return typeof format === "object" && format !== null && "type" in format ? format.type : undefined;
}
