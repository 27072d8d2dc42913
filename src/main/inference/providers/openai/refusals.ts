/** A request's body, before it is written as JSON; what is undefined is left out. */
export type Body = Record<string, unknown>;

type FormatKind = "json_object" | "json_schema";

/** What is sent to a server under another name, or not at all, because it refused it once. */
export interface ParameterFallbacks {
  /** Say `max_completion_tokens` instead of `max_tokens`. */
  readonly newTokenLimit: boolean;
  readonly refusedFormats: ReadonlySet<FormatKind>;
  readonly leftOut: ReadonlySet<string>;
}

/** What a server said against a request, of an error with status 400 or one like it. */
export interface Refusal {
  readonly message: string;
  /** The parameter at fault, where the server names it apart. */
  readonly parameter: string | null;
}

export const noParameterFallbacks: ParameterFallbacks = {
  newTokenLimit: false,
  refusedFormats: new Set(),
  leftOut: new Set(),
};

/**
 * The parameter fallbacks after a refusal, or null where the call must not be made without what was refused. Without these an
 * answer is the answer to the same question: hints to the sampler, ways to count, and formats, which our side checks
 * again. Prompts, tools, images, stop words and options in the person's own words are never left out, and a value out of
 * range is never quietly replaced by the server's default.
 */
export function fallbacksAfter(refusal: Refusal, body: Body, before: ParameterFallbacks): ParameterFallbacks | null {
  const isRequested = (name: string): boolean => body[name] !== undefined;
  if (
    isRequested("max_tokens") &&
    names(refusal, "max_tokens", body) &&
    /max_completion_tokens/.test(refusal.message)
  ) {
    return before.newTokenLimit ? null : { ...before, newTokenLimit: true };
  }
  const format = kindOf(body["response_format"]);
  if (format !== null && (names(refusal, "response_format", body) || /json[_ ]schema|grammar/i.test(refusal.message))) {
    if (before.refusedFormats.has(format)) return null;
    return { ...before, refusedFormats: new Set([...before.refusedFormats, format]) };
  }
  if (!isAboutSupport(refusal.message)) return null;
  // What is still asked for although it was left out came in the person's own words.
  const canGo = (name: string): boolean => isRequested(name) && !before.leftOut.has(name);
  const refused = dispensable.filter((name) => canGo(name) && names(refusal, name, body));
  return refused.length === 0 ? null : { ...before, leftOut: new Set([...before.leftOut, ...refused]) };
}

/** The call can be made again so often: once for each parameter that has a fallback. */
export const maxParameterFallbacks = 12;

/** What each server and model has refused so far, for as long as Taleward runs. */
export class RefusalMemory {
  readonly #known = new Map<string, ParameterFallbacks>();

  of(server: string, model: string): ParameterFallbacks {
    return this.#known.get(`${server} ${model}`) ?? noParameterFallbacks;
  }

  /** Adds to what is known, also by calls that were in progress at the same time. */
  learn(server: string, model: string, parameterFallbacks: ParameterFallbacks): void {
    const known = this.of(server, model);
    this.#known.set(`${server} ${model}`, {
      newTokenLimit: known.newTokenLimit || parameterFallbacks.newTokenLimit,
      refusedFormats: new Set([...known.refusedFormats, ...parameterFallbacks.refusedFormats]),
      leftOut: new Set([...known.leftOut, ...parameterFallbacks.leftOut]),
    });
  }
}

const dispensable = [
  "stream_options",
  "temperature",
  "top_p",
  "top_k",
  "min_p",
  "typical_p",
  "repeat_last_n",
  "repeat_penalty",
  "repetition_penalty",
  "presence_penalty",
  "frequency_penalty",
  "seed",
  "reasoning_effort",
  "chat_template_kwargs",
  "ttl",
] as const;

/** As the parameter at fault or the start of its path (`response_format.type`), else as a word of the message. */
function names({ parameter, message }: Refusal, name: string, body: Body): boolean {
  const root = parameter?.split(/[.[]/, 1)[0] ?? "";
  if (root in body) return root === name;
  return new RegExp(`(?<![\\w.])${name}(?!\\w)`).test(message);
}

/** The server does not know the parameter, rather than its value. */
function isAboutSupport(message: string): boolean {
  return /un(supported|recogni[sz]ed|known|expected)|(not|n't)\s+(be\s+)?(support|permitted|allowed|recogni[sz]ed|accept|implemented)|extra (inputs|fields|parameters)|no such|invalid (parameter|argument|field)s? /i.test(
    message,
  );
}

function kindOf(format: unknown): FormatKind | null {
  const type = typeof format === "object" && format !== null && "type" in format ? format.type : null;
  return type === "json_object" || type === "json_schema" ? type : null;
}
