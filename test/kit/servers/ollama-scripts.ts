/** A call of a tool as a model asks for it; servers before Ollama 0.12 give it no id. */
export interface ScriptedToolCall {
  readonly id?: string;
  readonly name: string;
  readonly arguments: Readonly<Record<string, unknown>>;
}

/** One thing the scripted server does while it answers. */
export type Step =
  /** One line of the answer for each token, `everyMs` apart. */
  | { readonly do: "text"; readonly tokens: readonly string[]; readonly everyMs?: number }
  /** The same for a thinking model's thoughts. */
  | { readonly do: "thought"; readonly tokens: readonly string[]; readonly everyMs?: number }
  /** One line with tools to call. */
  | { readonly do: "tools"; readonly calls: readonly ScriptedToolCall[] }
  /** The final line. What `fields` holds replaces the usual; a null leaves the field out, as Ollama does with zeros. */
  | { readonly do: "done"; readonly reason?: string; readonly fields?: Readonly<Record<string, unknown>> }
  /** Bytes of the body as they are. None sends the headers alone. */
  | { readonly do: "bytes"; readonly bytes: string | Uint8Array }
  /** Bytes on the socket, outside HTTP. */
  | { readonly do: "socket"; readonly bytes: string }
  | { readonly do: "wait"; readonly ms: number }
  /** Says nothing until then. */
  | { readonly do: "hold"; readonly until: Promise<void> }
  /** Says nothing more until the client leaves. */
  | { readonly do: "stall" }
  /** Closes the connection without ending the answer. */
  | { readonly do: "hangUp" }
  /** Closes it with a TCP reset. */
  | { readonly do: "reset" };

/** How one call for text is answered; after the last step the answer ends in good order. Headers go with the first bytes. */
export interface Script {
  readonly status?: number;
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Cuts the body into writes of so many bytes, inside UTF-8 characters too. */
  readonly cutBytes?: number;
  /** The whole answer in one write, encoded once: for benchmarks. */
  readonly prepared?: boolean;
  readonly steps: readonly Step[];
}

/** Tells a text, a word at a time, as a model would. */
export function streamText(
  text: string,
  options: { everyMs?: number; cutBytes?: number; reason?: string } = {},
): Script {
  const { everyMs = 0, reason = "stop", ...rest } = options;
  return {
    ...rest,
    steps: [
      { do: "text", tokens: words(text), everyMs },
      { do: "done", reason },
    ],
  };
}

/** Thinks, then tells. */
export function think(thoughts: string, text: string): Script {
  return { steps: [{ do: "thought", tokens: words(thoughts) }, ...streamText(text).steps] };
}

/** Asks for tools to be called instead of telling. */
export function callTools(calls: readonly ScriptedToolCall[]): Script {
  return { steps: [{ do: "tools", calls }, { do: "done" }] };
}

/** What a server says whose queue is full, or that limits its clients; `retryAfter` in seconds or as a date. */
export function busy(code: 429 | 503, retryAfter?: string): Script {
  const words =
    code === 503 ? "server busy, please try again.  maximum pending requests exceeded" : "too many requests";
  return { ...status(code, { error: words }), headers: retryAfter === undefined ? {} : { "retry-after": retryAfter } };
}

/** So many tokens at once, with as little work as a server can do: for measuring what stands around it. */
export function fast(tokens: number): Script {
  const text = Array.from({ length: tokens }, (_, index) => (index % 12 === 11 ? " ends." : " word"));
  return { prepared: true, steps: [{ do: "text", tokens: text }, { do: "done" }] };
}

/** Sends nothing, not even headers, for a while. */
export function slow(beforeMs: number, text: string): Script {
  return { steps: [{ do: "wait", ms: beforeMs }, ...streamText(text).steps] };
}

/** Sends nothing, not even headers, until it is released; with a beginning it sends that before. */
export function held(text: string, beginning = ""): { readonly script: Script; readonly release: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  const steps: readonly Step[] = [...begin(beginning), { do: "hold", until: promise }, ...streamText(text).steps];
  return { script: { steps }, release: resolve };
}

/** Falls silent after a text; with an empty one before the first byte. */
export function stall(text: string): Script {
  return { steps: [...begin(text), { do: "stall" }] };
}

/** Breaks the connection after a text, politely or with a reset. */
export function breakOff(text: string, how: "hangUp" | "reset"): Script {
  return { steps: [...begin(text), { do: how }] };
}

/** Ends inside a line: the connection closes, or the answer ends as if it were whole. */
export function halfLine(text: string, ending: "hangUp" | "end"): Script {
  const half: Step = { do: "bytes", bytes: '{"model":"m","created_at":"2026-01-01T00:00:00Z","message":{"role":"assi' };
  return { steps: ending === "hangUp" ? [...begin(text), half, { do: "hangUp" }] : [...begin(text), half] };
}

/** A line that is not JSON between good ones. */
export function garbageLine(text: string, line = "%% not json %%"): Script {
  return { steps: [...begin(text), { do: "bytes", bytes: `${line}\n` }, ...streamText(" More.").steps] };
}

/** A stream that begins well and then tells of an error. */
export function errorInStream(text: string, message: string): Script {
  return { steps: [...begin(text), { do: "bytes", bytes: `${JSON.stringify({ error: message })}\n` }] };
}

/** Ends in good order without its final line. */
export function missingDone(text: string): Script {
  return { steps: begin(text) };
}

/** An answer with an error status: a string is sent as plain text, an object as JSON. */
export function status(code: number, body: string | object): Script {
  const isText = typeof body === "string";
  return {
    status: code,
    contentType: isText ? "text/plain; charset=utf-8" : "application/json; charset=utf-8",
    steps: [{ do: "bytes", bytes: isText ? body : JSON.stringify(body) }],
  };
}

function begin(text: string): Step[] {
  return text === "" ? [] : [{ do: "text", tokens: words(text) }];
}

function words(text: string): string[] {
  return text.match(/\s*\S+|\s+$/gu) ?? [];
}
