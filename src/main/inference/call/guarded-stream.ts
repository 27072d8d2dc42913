import type { Finding, Verdict } from "../../../shared/contract/guardrails.ts";
import type { FinishReason, InferenceEvent, ToolCall } from "../../../shared/contract/inference.ts";
import type { StreamGate } from "../../guardrails/checking/gate.ts";
import { worseOf } from "../../../shared/severity.ts";
import type { TextShaper } from "./call-types.ts";
import type { Guard } from "../ports.ts";
import type { ProviderEvent } from "../provider.ts";

/** Why the model is stopped before it ends by itself. */
export type Cut = Extract<FinishReason, "held" | "repetition" | "stop">;

/** What the log keeps of an answer. */
export interface GuardedAnswer {
  readonly verdict: Verdict;
  /** What the reader was shown; of a failed call also what passed of a text that does not fit its format. */
  readonly shown: string;
  readonly original: string;
  readonly fallback: string | null;
  /** Of all attempts that showed theirs. */
  readonly thoughts: string;
  /** Of the thoughts, and of texts that were never shown: their offsets are into `original`, which is kept for reviewers only. */
  readonly thoughtFindings: { readonly findings: readonly Finding[]; readonly original: string };
  readonly toolCalls: readonly ToolCall[];
}

/** Whether a finding keeps its text from the reader. */
export function isBlocking({ severity }: Finding): boolean {
  return severity === "high" || severity === "critical";
}

/**
 * Sends one answer from the model through the shaper and the guardrails' gate to the reader, and keeps it for the log. The
 * stream of a further attempt starts with what the reader was shown of the attempt before, and with everything found in it.
 */
export class GuardedStream {
  readonly #guard: Guard;
  readonly #shaper: TextShaper | null;
  readonly #gate: StreamGate;
  readonly #emit: (event: InferenceEvent) => void;
  readonly #toolCalls: ToolCall[] = [];
  #thoughtGate: StreamGate | null = null;
  #thoughts = "";
  #thoughtOriginal = "";
  readonly #thoughtFindings: Finding[] = [];
  #shown = "";
  #shownAny = false;
  #unvalidated = "";
  /** What passes of the text is logged, and not shown any more. */
  #isForLog = false;
  #isDiscarded = false;
  #fallback: string | null = null;
  readonly #toolFindings: Finding[] = [];

  /** `previous` is the stream of the attempt before, which ends here. */
  constructor(
    guard: Guard,
    shaper: TextShaper | null,
    emit: (event: InferenceEvent) => void,
    previous: GuardedStream | null,
  ) {
    this.#guard = guard;
    this.#shaper = shaper;
    this.#gate = guard.createGate();
    this.#emit = emit;
    if (previous === null) return;
    previous.#discard();
    this.#thoughts = previous.#thoughts;
    this.#thoughtOriginal = previous.#thoughtOriginal;
    this.#thoughtFindings.push(...previous.#thoughtFindings);
    this.#toolCalls.push(...previous.#toolCalls);
    this.#toolFindings.push(...previous.#toolFindings);
  }

  /** Whether anything of this answer has reached the reader. */
  get shownAny(): boolean {
    return this.#shownAny || this.calledTools;
  }

  get calledTools(): boolean {
    return this.#toolCalls.length > 0;
  }

  /** Whether anything was blocked, of this answer or of one before it. */
  get isBlocked(): boolean {
    return this.#fallback !== null || this.#thoughtFindings.some(isBlocking);
  }

  /** Whether anything was found at all. */
  get hasFindings(): boolean {
    return [this.#gate.verdict().findings, this.#toolFindings, this.#thoughtFindings].some(({ length }) => length > 0);
  }

  /** The text that is buffered until its format is checked. */
  get unvalidated(): string {
    return this.#unvalidated;
  }

  /** Takes one event of the model; returns why the model should stop, or null. */
  push(event: Exclude<ProviderEvent, { type: "result" }>): Cut | null {
    if (event.type === "thought") {
      this.#pushThought(event.text);
      return null;
    }
    this.endThought();
    return event.type === "tool_call" ? this.#pushToolCall(event.call) : this.#pushText(event.text);
  }

  /** Takes text that must not be shown before its format is checked. */
  bufferForValidation(text: string): void {
    this.endThought();
    this.#unvalidated += text;
  }

  /** What was buffered fits its format: `text` is what to show of it. Returns why the model should stop, or null. */
  acceptValidated(text: string): Cut | null {
    this.#unvalidated = "";
    return this.#pushText(text);
  }

  /** No more thoughts come for now: checks what is still buffered of them. */
  endThought(): void {
    const gate = this.#thoughtGate;
    if (gate === null) return;
    this.#thoughtGate = null;
    this.#releaseThought(gate.end().released);
    this.#recordFindings(gate.verdict(), gate.original());
  }

  /** The model has ended, in whatever way: checks what is still buffered. True when something was blocked. */
  end(finishReason: FinishReason): boolean {
    this.endThought();
    this.#recordUnvalidated();
    if (this.#fallback !== null) return true;
    const tail = this.#shaper?.end(finishReason).text ?? "";
    return (tail !== "" && this.#release(this.#gate.push(tail))) || this.#release(this.#gate.end());
  }

  /**
   * The model has failed: what was shown stays, and what is still buffered is checked like all other text. Text that waited
   * for its format to be checked is logged, not shown.
   */
  fail(): void {
    this.endThought();
    if (this.#fallback !== null) return;
    const text = this.#unvalidated;
    this.#unvalidated = "";
    this.#isForLog = text !== "";
    if (text === "" || !this.#release(this.#gate.push(text))) this.#release(this.#gate.end());
  }

  answer(): GuardedAnswer {
    return {
      verdict: withFindings(this.#gate.verdict(), this.#toolFindings),
      shown: this.#shown,
      original: this.#gate.original(),
      fallback: this.#fallback,
      thoughts: this.#thoughts,
      thoughtFindings: { findings: this.#thoughtFindings, original: this.#thoughtOriginal },
      toolCalls: this.#toolCalls,
    };
  }

  #pushText(text: string): Cut | null {
    const shaped = this.#shaper?.push(text) ?? { text, stop: null };
    if (shaped.text !== "" && this.#release(this.#gate.push(shaped.text))) return "held";
    return shaped.stop === "list" ? "stop" : shaped.stop;
  }

  /** Thoughts are shown as far as they pass; what is blocked of them is left out, and the answer goes on. */
  #pushThought(text: string): void {
    this.#thoughtGate ??= this.#guard.createGate();
    this.#releaseThought(this.#thoughtGate.push(text).released);
  }

  #releaseThought(text: string): void {
    if (text === "" || this.#isDiscarded) return;
    this.#thoughts += text;
    this.#show({ type: "thought", text });
  }

  /** Another attempt follows: what is still buffered is not shown any more, but what is found in it is recorded. */
  #discard(): void {
    this.#isDiscarded = true;
    this.endThought();
    this.#recordUnvalidated();
    this.#gate.end();
    this.#recordFindings(this.#gate.verdict(), this.#gate.original());
  }

  #recordUnvalidated(): void {
    const text = this.#unvalidated;
    this.#unvalidated = "";
    if (text !== "") this.#recordFindings(this.#guard.checkText(text), text);
  }

  /** Records what was found in a text beside the answer. */
  #recordFindings({ findings }: Verdict, original: string): void {
    const before = this.#thoughtOriginal.length;
    for (const finding of findings)
      this.#thoughtFindings.push({ ...finding, start: finding.start + before, end: finding.end + before });
    this.#thoughtOriginal += original;
  }

  #pushToolCall(call: ToolCall): Cut | null {
    const { findings } = this.#guard.checkText(`${call.name} ${JSON.stringify(call.arguments)}`);
    this.#toolFindings.push(...findings.map((finding) => ({ ...finding, start: 0, end: 0 })));
    const blocking = findings.find(isBlocking);
    if (blocking) return this.#block(blocking);
    this.#toolCalls.push(call);
    this.#show({ type: "tool_call", call });
    return null;
  }

  /** True when the gate has closed. */
  #release({ released, blocked }: { released: string; blocked: Finding | null }): boolean {
    if (released !== "") {
      this.#shown += released;
      if (!this.#isForLog) this.#show({ type: "token", text: released });
    }
    return blocked !== null && this.#block(blocked) === "held";
  }

  #block(blocked: Finding): "held" {
    const fallback = this.#guard.fallbackFor(blocked);
    this.#fallback = fallback;
    this.#shown += this.#shown === "" || /\s$/.test(this.#shown) ? fallback : ` ${fallback}`;
    const { start: _start, end: _end, ...finding } = blocked;
    const reason = this.#guard.describeBlocked(blocked);
    this.#show({ type: "held", finding, severity: blocked.severity, reason, fallback });
    return "held";
  }

  #show(event: InferenceEvent): void {
    this.#shownAny = true;
    this.#emit(event);
  }
}

function withFindings(verdict: Verdict, findings: readonly Finding[]): Verdict {
  return { severity: worseOf(verdict.severity, findings), findings: [...verdict.findings, ...findings] };
}
