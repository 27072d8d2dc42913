import type { EngineProcess } from "./engine-process.ts";
import type { EngineAnswer, EngineProgress, EngineReply, EngineRequest } from "./protocol.ts";

export type CallReply =
  | EngineProgress
  | EngineAnswer
  /** The engine works on this call from now on. */
  | { readonly type: "turn" }
  | { readonly type: "exited"; readonly code: number | null };
type CallListener = (reply: CallReply) => void;
/** A request as its caller writes it; the connection numbers it. */
export type UnnumberedRequest = EngineRequest extends infer Each
  ? Each extends { readonly id: number }
    ? Omit<Each, "id">
    : never
  : never;

/** Owns the engine's process: starts it on the first call, and afresh on the next call after it ended. */
export class EngineConnection {
  readonly #start: () => EngineProcess;
  #process: EngineProcess | null = null;
  /** In the order in which the engine answers them: the first has its turn. */
  #calls = new Map<number, CallListener>();
  #lastId = 0;
  #resident: readonly string[] = [];

  constructor(start: () => EngineProcess) {
    this.#start = start;
  }

  /** Paths of the files in the engine's memory. */
  get resident(): readonly string[] {
    return this.#resident;
  }

  get isRunning(): boolean {
    return this.#process !== null;
  }

  /** Sends a request; the listener gets every reply to it and, should the process end first, `exited` as its last. */
  call(request: UnnumberedRequest, listener: CallListener): number {
    const engine = (this.#process ??= this.#open());
    const id = ++this.#lastId;
    this.#calls.set(id, listener);
    // The union's members survive the spread one by one, which the compiler does not follow.
    engine.postMessage({ ...request, id } as EngineRequest);
    if (this.#calls.size === 1) listener({ type: "turn" });
    return id;
  }

  /** Asks a running call to end; it answers with `cancelled` or, if that came first, its result. */
  cancel(id: number): void {
    if (this.#calls.has(id)) this.#process?.postMessage({ type: "cancel", id } satisfies EngineRequest);
  }

  /** Ends the process now. All calls receive `exited` before this returns, and the next one starts afresh. */
  close(): void {
    const engine = this.#process;
    engine?.kill();
    if (engine !== null) this.#exited(engine, null);
  }

  #open(): EngineProcess {
    const engine = this.#start();
    engine.onMessage((message) => {
      if (this.#process === engine) this.#receive(message as EngineReply); // both ends are ours
    });
    engine.onExit((code) => this.#exited(engine, code));
    return engine;
  }

  #receive(reply: EngineReply): void {
    if (reply.type === "resident") {
      this.#resident = reply.paths;
      return;
    }
    const listener = this.#calls.get(reply.id);
    if (isProgress(reply)) {
      listener?.(reply);
      return;
    }
    this.#calls.delete(reply.id);
    listener?.(reply);
    this.#calls.values().next().value?.({ type: "turn" });
  }

  #exited(engine: EngineProcess, code: number | null): void {
    if (this.#process !== engine) return;
    const calls = this.#calls;
    this.#process = null;
    this.#calls = new Map();
    this.#resident = [];
    for (const listener of calls.values()) listener({ type: "exited", code });
  }
}

export function isProgress(reply: { readonly type: string }): reply is EngineProgress {
  return reply.type === "text" || reply.type === "thought" || reply.type === "alive";
}
