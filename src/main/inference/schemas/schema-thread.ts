import { Worker } from "node:worker_threads";
import type { ResponseFormat } from "../../../shared/contract/inference.ts";
import { Failure } from "../../base/failure.ts";
import { Sequencer } from "../../base/sequencer.ts";
import { type FormatCheck, type FormatChecker, type FormatCheckers, withoutFence } from "../call/structured-output.ts";
import type { SchemaReply, SchemaRequest } from "./schema-messages.ts";

/** How long the thread may work on one request, in milliseconds, before it is ended. */
export interface SchemaLimits {
  readonly schemaMs: number;
  readonly textMs: number;
}

const defaultLimits: SchemaLimits = { schemaMs: 20_000, textMs: 5_000 };
/** A pattern or a schema may ask for any amount of memory. */
const maxHeapMb = 512;

type Reply = Exclude<SchemaReply, { type: "begun" }> | { readonly type: "late" } | { readonly type: "crashed" };

/**
 * Reads schemas and checks texts on a thread of its own: a schema may take seconds to compile, and a pattern for ever to match.
 * The thread starts with the first request, does one after the other, and is ended and started again where one takes too long.
 */
export class SchemaThread implements FormatCheckers {
  readonly #workerUrl: URL;
  readonly #limits: SchemaLimits;
  readonly #requests = new Sequencer();
  #worker: Worker | null = null;

  constructor(workerUrl: URL, limits: SchemaLimits = defaultLimits) {
    this.#workerUrl = workerUrl;
    this.#limits = limits;
  }

  async checkerFor(format: ResponseFormat): Promise<FormatChecker> {
    const schema = format === "json" ? null : textOf(format);
    if (format !== "json") this.#refuseUnlessSchema(format, await this.#ask({ schema, text: null }));
    return async (answer) => {
      const text = withoutFence(answer);
      if (text.trim() === "") return { ok: false, problem: "It is empty." };
      return checkFrom(await this.#ask({ schema, text }), text, this.#limits);
    };
  }

  /** Ends the thread; the next request would start another. */
  async close(): Promise<void> {
    await this.#worker?.terminate();
  }

  #refuseUnlessSchema(format: object, reply: Reply): void {
    if (reply.type === "fits") return;
    const unknown = reply.type === "no_schema" ? reply.dialect : null;
    if (unknown !== null)
      throw new Failure(
        "BAD_REQUEST",
        `The format is a schema of a kind that nobody knows: its $schema is ${unknown.slice(0, 200)}.`,
        {
          field: "options.format.$schema",
          value: unknown.slice(0, 200),
          remedy: "Give a JSON Schema of draft-04, draft-06, draft-07, 2019-09 or 2020-12, or leave $schema out.",
        },
      );
    throw new Failure("BAD_REQUEST", `The format is not a JSON Schema: ${this.#reasonOf(reply)}.`, {
      field: "options.format",
      value: textOf(format).slice(0, 200),
      remedy: "Give `json`, or a JSON Schema of draft-04 to 2020-12 that refers to nothing outside itself.",
    });
  }

  #reasonOf(reply: Reply): string {
    if (reply.type === "no_schema") return reply.reason;
    return reply.type === "late"
      ? `reading it takes longer than ${this.#limits.schemaMs / 1_000} s`
      : `reading it takes more than ${maxHeapMb} MB`;
  }

  #ask(request: SchemaRequest): Promise<Reply> {
    return this.#requests.queue(() => this.#run(request, this.#worker ?? this.#start()));
  }

  #start(): Worker {
    const worker = new Worker(this.#workerUrl, { resourceLimits: { maxOldGenerationSizeMb: maxHeapMb } });
    worker.on("exit", () => {
      if (this.#worker === worker) this.#worker = null;
    });
    worker.on("error", () => {}); // whoever waits is answered by the exit
    return (this.#worker = worker);
  }

  async #run(request: SchemaRequest, worker: Worker): Promise<Reply> {
    const { promise, resolve } = Promise.withResolvers<Reply>();
    let timer: NodeJS.Timeout | undefined;
    const onExit = (): void => resolve({ type: "crashed" });
    const onMessage = (reply: SchemaReply): void => {
      if (reply.type !== "begun") return resolve(reply);
      clearTimeout(timer);
      const limitMs = reply.part === "schema" ? this.#limits.schemaMs : this.#limits.textMs;
      timer = setTimeout(() => resolve({ type: "late" }), limitMs);
    };
    worker.on("message", onMessage).on("exit", onExit).ref();
    worker.postMessage(request);
    const reply = await promise;
    clearTimeout(timer);
    worker.off("message", onMessage).off("exit", onExit).unref(); // idle, it keeps no process alive
    if (reply.type === "late") await worker.terminate();
    return reply;
  }
}

/** Throws as for what is no schema where it is nested so deeply that it cannot be written down. */
function textOf(schema: object): string {
  try {
    return JSON.stringify(schema);
  } catch {
    throw new Failure("BAD_REQUEST", "The format is not a JSON Schema: it is nested too deeply.", {
      field: "options.format",
      value: "thousands of levels",
      remedy: "Give a JSON Schema of fewer levels; it may refer to itself by $ref.",
    });
  }
}

function checkFrom(reply: Reply, text: string, { textMs }: SchemaLimits): FormatCheck {
  switch (reply.type) {
    case "fits":
      return { ok: true, text };
    case "misfit":
      return { ok: false, problem: reply.problem };
    case "no_schema": // it was one when it was read: the thread has started again, and forgotten it, since
      return { ok: false, problem: `It could not be checked: ${reply.reason}.` };
    case "late":
      return { ok: false, problem: `Checking it took longer than ${textMs / 1_000} s.` };
    case "crashed":
      return { ok: false, problem: `Checking it took more than ${maxHeapMb} MB.` };
  }
}
