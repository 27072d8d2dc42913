import { setTimeout as pause } from "node:timers/promises";
import type {
  Attempt,
  Deadlines,
  ErrorClass,
  FinishReason,
  InferenceEvent,
  Message,
  WireEvent,
} from "../../shared/contract/inference.ts";
import type { ModelVersion, ProviderName } from "../../shared/contract/registry.ts";
import { chooseAddress } from "./addressing.ts";
import { asProviderError, changed, misfit, tooLate } from "./call-failures.ts";
import type { Cooldowns } from "./cooldowns.ts";
import type { EndpointQueue } from "./endpoint-queue.ts";
import type { Composed, LLMClientNeeds, TextShaper } from "./llm-client.ts";
import { speaksOfEndpoint, stepAfter } from "./next-step.ts";
import {
  type Provider,
  ProviderError,
  type ProviderRequest,
  type ProviderResult,
  type StepDeadlines,
} from "./provider.ts";
import { type Cut, type ReadAnswer, Reading, type ReadingNeeds } from "./reading.ts";
import { formatChecker, repairMessages } from "./structured-output.ts";

export interface CallNeeds extends ReadingNeeds, Pick<LLMClientNeeds, "addressesOf" | "verify"> {
  readonly providers: Readonly<Record<ProviderName, Provider>>;
  readonly queue: EndpointQueue;
  readonly cooldowns: Cooldowns;
  /** In the order they are tried, at least one. */
  readonly chain: readonly ModelVersion[];
  readonly compose: (version: ModelVersion) => Promise<Composed>;
  readonly createShaper: (() => TextShaper) | null;
  readonly deadlines: Deadlines;
  /** On `performance.now()`'s clock. */
  readonly startedAt: number;
  readonly emit: (event: InferenceEvent) => void;
  readonly observe: ((event: WireEvent) => void) | null;
}

export interface Ending {
  /** The version of the last attempt. */
  readonly version: ModelVersion;
  readonly outcome: "completed" | "stopped" | "held" | "failed";
  readonly finishReason: FinishReason | null;
  readonly result: ProviderResult | null;
  readonly answer: ReadAnswer;
  readonly error: { errorClass: ErrorClass; message: string; remedy: string } | null;
  readonly attempts: Attempt[];
  /** In endpoints' queues, all attempts together; null when there was no wait. */
  readonly waitedMs: number | null;
  /** On `performance.now()`'s clock. */
  readonly firstTokenAt: number | null;
}

/** How one attempt ended. `failed` carries what the next step is decided by. */
type AttemptEnd =
  | { readonly type: "completed"; readonly finishReason: FinishReason; readonly result: ProviderResult | null }
  | { readonly type: "held" | "stopped"; readonly result: ProviderResult | null }
  | { readonly type: "misfit"; readonly text: string; readonly problem: string; readonly result: ProviderResult | null }
  | { readonly type: "failed"; readonly error: ProviderError };

/** For a whole call. */
const repairBudget = 2;

/** One call from its first attempt to its end: retries, falls back, repairs, and keeps the whole chain. */
export class Call {
  readonly #needs: CallNeeds;
  readonly #attempts: Attempt[] = [];
  readonly #stop = new AbortController();
  #reading: Reading;
  #retries = 0;
  #waitedMs: number | null = null;
  #firstTokenAt: number | null = null;
  #answered: WireEvent | null = null;
  #held = false;

  constructor(needs: CallNeeds) {
    this.#needs = needs;
    this.#reading = this.#newReading();
  }

  /** Never throws: however the attempts end, that is the ending. `asked` is the reader's own wish to stop. */
  async toItsEnd(asked: AbortSignal): Promise<Ending> {
    const { totalMs } = this.#needs.deadlines;
    const stop = this.#stop;
    const remainingMs = totalMs === undefined ? 0 : totalMs - (performance.now() - this.#needs.startedAt);
    const timer =
      totalMs === undefined ? undefined : setTimeout(() => this.giveUp(tooLate(totalMs)), Math.max(0, remainingMs));
    const pass = (): void => stop.abort(asked.reason);
    if (asked.aborted) pass();
    asked.addEventListener("abort", pass, { once: true });
    try {
      return await this.#tryAll(asked, stop.signal);
    } finally {
      asked.removeEventListener("abort", pass);
      clearTimeout(timer);
    }
  }

  /** Stops the model, wherever the call is; it then fails for this reason. */
  giveUp(reason: ProviderError): void {
    this.#stop.abort(reason);
  }

  /** Tells the bytes of the answer, unless something was held. Called after the row's end is committed. */
  tellAnswer(): void {
    if (this.#answered && !this.#held) this.#needs.observe?.(this.#answered);
  }

  /** `signal` is what the reader asked for, or the call being given up. */
  async #tryAll(asked: AbortSignal, signal: AbortSignal): Promise<Ending> {
    const { chain, addressesOf, queue, cooldowns } = this.#needs;
    const isOpen = (address: string) => cooldowns.isOpen(address);
    let place = 0;
    let repairs: readonly Message[] = [];
    let repaired = 0;
    for (;;) {
      const version = chain[place];
      if (!version) throw new Error("a call has at least one version");
      const hasFallback = place + 1 < chain.length;
      const endpoint = chooseAddress(addressesOf(version), queue, cooldowns);
      const startedAt = performance.now();
      // Skipped only where somebody further down the chain can be asked instead.
      if (!isOpen(endpoint) && chain.slice(place + 1).some((later) => addressesOf(later).some(isOpen))) {
        const message = `${endpoint} is left alone for a while: ${cooldowns.lastError(endpoint) ?? "it failed repeatedly"}`;
        this.#note(version, endpoint, startedAt, "skipped", null, message, "fallback");
        place += 1;
        this.#announce(chain[place]);
        continue;
      }
      const end = await this.#attempt(version, endpoint, repairs, asked, signal);
      if (end.type !== "failed" && end.type !== "misfit") {
        this.#note(version, endpoint, startedAt, "answered", null, null, "end");
        return this.#ending(version, end);
      }
      if (end.type === "misfit" && repaired < repairBudget && !signal.aborted) {
        repaired += 1;
        repairs = repairMessages(end.text, end.problem);
        this.#note(version, endpoint, startedAt, "failed", "invalid_output", end.problem, "repair");
        this.#announce(version);
        continue;
      }
      const error = end.type === "failed" ? end.error : misfit(version, end.problem, repaired);
      const { next, waitMs } = stepAfter({
        errorClass: error.errorClass,
        retryAfterMs: error.retryAfterMs,
        shown: this.#reading.shownAny || signal.aborted,
        retries: this.#retries,
        hasFallback,
      });
      this.#note(version, endpoint, startedAt, "failed", error.errorClass, error.message, next);
      if (next === "end") {
        this.#reading.fail();
        return this.#ending(version, { type: "failed", error });
      }
      if (next === "fallback") {
        place += 1;
        repairs = [];
      } else {
        this.#retries += 1;
        try {
          await pause(waitMs, undefined, { signal });
        } catch {
          return this.#ending(version, endOfAbort(asked, signal));
        }
      }
      this.#announce(chain[place]);
    }
  }

  async #attempt(
    version: ModelVersion,
    endpoint: string,
    repairs: readonly Message[],
    asked: AbortSignal,
    signal: AbortSignal,
  ): Promise<AttemptEnd> {
    const { queue, cooldowns } = this.#needs;
    if (this.#attempts.length > 0) this.#reading = this.#newReading();
    let entered = false;
    cooldowns.began(endpoint);
    try {
      const line = queue.enter(endpoint, signal);
      if (line) {
        const waitedFrom = performance.now();
        await line.finally(() => {
          this.#waitedMs = (this.#waitedMs ?? 0) + performance.now() - waitedFrom;
        });
      }
      entered = true;
      const end = await this.#read(version, endpoint, repairs, signal);
      // Whoever pressed Stop while the model was being wound down has seen it stop.
      if (asked.aborted && end.type !== "held") return this.#stopped(endpoint, end.result);
      cooldowns.succeeded(endpoint);
      if (end.type === "misfit") return end;
      const finishReason = end.type === "completed" ? end.finishReason : end.type;
      if (end.type === "held" || this.#reading.end(finishReason)) {
        this.#held = true;
        return { type: "held", result: end.result };
      }
      return end;
    } catch (thrown) {
      if (asked.aborted) return this.#stopped(endpoint, null);
      const error = asProviderError(signal.aborted ? signal.reason : thrown);
      if (speaksOfEndpoint(error.errorClass) && !signal.aborted)
        cooldowns.failed(endpoint, error.message, error.errorClass === "refused");
      else cooldowns.abstained(endpoint);
      return { type: "failed", error };
    } finally {
      if (entered) queue.leave(endpoint);
    }
  }

  /** Reads the model's stream into shaper and gate; throws what the provider throws. */
  async #read(
    version: ModelVersion,
    endpoint: string,
    repairs: readonly Message[],
    signal: AbortSignal,
  ): Promise<Exclude<AttemptEnd, { type: "failed" | "stopped" }>> {
    const composed = await this.#needs.compose(version);
    const check = composed.options.format === undefined ? null : formatChecker(composed.options.format);
    const request = this.#request(version, endpoint, composed, repairs);
    const verified = this.#verify(version, endpoint, signal);
    let pinned = false;
    let result: ProviderResult | null = null;
    let cut: Cut | null = null;
    let whole = "";
    for await (const event of this.#needs.providers[version.provider].stream(request, signal)) {
      if (!pinned) {
        await verified;
        pinned = true;
      }
      if (event.type === "result") {
        result = event.result;
        continue;
      }
      this.#firstTokenAt ??= performance.now();
      if (check && event.type === "text") {
        whole += event.text;
        continue;
      }
      cut = this.#reading.take(event);
      if (cut) break;
    }
    if (check && cut === null && whole !== "") {
      const checked = check(whole);
      if (!checked.ok) return { type: "misfit", text: whole, problem: checked.problem, result };
      cut = this.#reading.take({ type: "text", text: checked.text });
    }
    if (cut === "held") return { type: "held", result };
    return { type: "completed", finishReason: cut ?? result?.finishReason ?? "stop", result };
  }

  #request(version: ModelVersion, endpoint: string, composed: Composed, repairs: readonly Message[]): ProviderRequest {
    const { configuration } = version;
    const deadlines = stepDeadlines({ ...configuration.deadlines, ...this.#needs.deadlines });
    const observe = this.#needs.observe;
    return {
      model: version.model,
      configuration: version.provider === "embedded" ? configuration : { ...configuration, endpoint },
      messages: repairs.length === 0 ? composed.messages : [...composed.messages, ...repairs],
      options: composed.options,
      deadlines,
      ...(observe && {
        observe: (event) => {
          if (event.type === "wire_request") observe(event);
          else this.#answered = event;
        },
      }),
    };
  }

  /** Rejects when the name on the server means something else by now. Asked beside the call; nothing is shown before it is known. */
  #verify(version: ModelVersion, endpoint: string, signal: AbortSignal): Promise<void> {
    const verified = this.#needs.verify(version, endpoint, signal).then((state) => {
      if (state === "changed") throw changed(version, endpoint);
    });
    verified.catch(() => {}); // awaited at the first token; a call that fails before has its own reason
    return verified;
  }

  #stopped(endpoint: string, result: ProviderResult | null): AttemptEnd {
    this.#needs.cooldowns.abstained(endpoint);
    // What waited when the reader stopped is checked like everything else.
    if (this.#reading.end("stopped")) {
      this.#held = true;
      return { type: "held", result };
    }
    return { type: "stopped", result };
  }

  #newReading(): Reading {
    return new Reading(this.#needs, this.#needs.createShaper?.() ?? null, this.#needs.emit);
  }

  #note(
    version: ModelVersion,
    endpoint: string,
    startedAt: number,
    outcome: Attempt["outcome"],
    errorClass: ErrorClass | null,
    message: string | null,
    next: Attempt["next"],
  ): void {
    this.#attempts.push({
      versionId: version.id,
      model: version.model,
      version: version.version,
      endpoint: version.provider === "embedded" ? null : endpoint,
      atMs: startedAt - this.#needs.startedAt,
      durationMs: performance.now() - startedAt,
      outcome,
      errorClass,
      message,
      next,
    });
  }

  /** Tells the reader of the attempt that comes now. */
  #announce(version: ModelVersion | undefined): void {
    const failed = this.#attempts.at(-1);
    if (!failed || !version) throw new Error("only what follows an attempt is announced");
    this.#needs.emit({
      type: "attempt",
      failed,
      model: version.model,
      version: version.version,
      versionId: version.id,
    });
  }

  #ending(version: ModelVersion, end: Exclude<AttemptEnd, { type: "misfit" }>): Ending {
    const common = {
      version,
      answer: this.#reading.read(),
      attempts: this.#attempts,
      waitedMs: this.#waitedMs,
      firstTokenAt: this.#firstTokenAt,
    };
    if (end.type === "failed") {
      const { errorClass, message, remedy } = end.error;
      const error = { errorClass, message, remedy };
      return { ...common, outcome: "failed", finishReason: null, result: null, error };
    }
    const finishReason = end.type === "completed" ? end.finishReason : end.type;
    return { ...common, outcome: end.type, finishReason, result: end.result, error: null };
  }
}

/** Those of a provider's own steps that were named. */
function stepDeadlines({ connectMs, firstTokenMs, betweenTokensMs }: Deadlines): Partial<StepDeadlines> {
  return {
    ...(connectMs !== undefined && { connectMs }),
    ...(firstTokenMs !== undefined && { firstTokenMs }),
    ...(betweenTokensMs !== undefined && { betweenTokensMs }),
  };
}

function endOfAbort(asked: AbortSignal, signal: AbortSignal): Exclude<AttemptEnd, { type: "misfit" }> {
  if (asked.aborted) return { type: "stopped", result: null };
  return { type: "failed", error: asProviderError(signal.reason) };
}
