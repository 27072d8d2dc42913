import type { Finding, Verdict } from "../../../shared/contract/guardrails.ts";
import type { FinishReason, InferenceEvent, LeftOut, ToolCall } from "../../../shared/contract/inference.ts";
import type { StreamGate } from "../../guardrails/checking/gate.ts";
import { worseOf } from "../../../shared/severity.ts";
import type { ShapedStep, TextShaper } from "./call-types.ts";
import type { Guard } from "../ports.ts";
import type { ProviderEvent } from "../provider.ts";
import type { AnswerPart } from "../thinking/thought-splitter.ts";

/** Why the model is stopped before it ends by itself. */
export type Cut = Extract<FinishReason, "held" | "repetition">;

/** What the log keeps of an answer. */
export interface GuardedAnswer {
  readonly verdict: Verdict;
  /** What the reader was shown; of a failed call also what passed of a text that does not fit its format. */
  readonly shown: string;
  /** What the model wrote, as far as it passed, with the fallback where something was blocked. */
  readonly raw: string;
  /** What of `raw` the shaper left out, in order. */
  readonly leftOut: readonly LeftOut[];
  /** All that was checked, blocked or not; for reviewers only. */
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
 * Sends one answer from the model through the guardrails' gate, which judges all that the model said, and then through the
 * shaper to the reader, and keeps it for the log. The stream of a further attempt starts with what the reader was shown of the attempt before, and with everything found in it.
 */
export class GuardedStream {
  readonly #guard: Guard;
  #createShaper: (() => TextShaper) | null = null;
  #shaper: TextShaper | null = null;
  #gate: StreamGate;
  readonly #emit: (event: InferenceEvent) => void;
  readonly #toolCalls: ToolCall[] = [];
  #thoughtGate: StreamGate | null = null;
  #thoughts = "";
  #thoughtOriginal = "";
  readonly #thoughtFindings: Finding[] = [];
  #shown = "";
  #raw = "";
  #leftOut: LeftOut[] = [];
  #shownAny = false;
  #unvalidated = "";
  /** What passes of the text is logged, and not shown any more. */
  #isForLog = false;
  #isDiscarded = false;
  #fallback: string | null = null;
  readonly #toolFindings: Finding[] = [];

  /** `previous` is the stream of the attempt before, which ends here. */
  constructor(guard: Guard, emit: (event: InferenceEvent) => void, previous: GuardedStream | null) {
    this.#guard = guard;
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

  /** From here on a shaper decides what of the text is shown; null shows all of it. */
  shapeBy(createShaper: (() => TextShaper) | null): void {
    this.#createShaper = createShaper;
    this.#shaper = createShaper?.() ?? null;
  }

  /** Takes one event of the model; returns why the model should stop, or null. */
  push(event: AnswerPart | Extract<ProviderEvent, { type: "tool_call" }>): Cut | null {
    if (event.type === "thought") {
      this.#pushThought(event.text);
      return null;
    }
    if (event.type === "text_was_thought") {
      this.#turnIntoThought(event.marker);
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
    const isBlocked = this.#release(this.#gate.end()) === "held";
    this.#endShaping(finishReason);
    return isBlocked;
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
    if (text === "" || this.#release(this.#gate.push(text)) !== "held") this.#release(this.#gate.end());
    this.#endShaping("stopped");
  }

  answer(): GuardedAnswer {
    return {
      verdict: withFindings(this.#gate.verdict(), this.#toolFindings),
      shown: this.#shown,
      raw: this.#raw,
      leftOut: this.#leftOut,
      original: this.#gate.original(),
      fallback: this.#fallback,
      thoughts: this.#thoughts,
      thoughtFindings: { findings: this.#thoughtFindings, original: this.#thoughtOriginal },
      toolCalls: this.#toolCalls,
    };
  }

  #pushText(text: string): Cut | null {
    return this.#release(this.#gate.push(text));
  }

  /** All text so far was a thought: it is one in the log, and a new answer begins. */
  #turnIntoThought(marker: string): void {
    this.endThought();
    const unvalidated = this.#unvalidated;
    this.#unvalidated = "";
    if (unvalidated !== "") {
      this.#pushThought(unvalidated);
      return this.endThought();
    }
    const { released } = this.#gate.end();
    this.#thoughts += this.#raw;
    this.#recordFindings(this.#gate.verdict(), this.#gate.original());
    this.#gate = this.#guard.createGate();
    this.shapeBy(this.#createShaper);
    this.#shown = this.#raw = "";
    this.#leftOut = [];
    this.#show({ type: "text_was_thought", marker });
    this.#releaseThought(released);
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

  /** Passes on what the gate released; returns why the model should stop, or null. */
  #release({ released, blocked }: { released: string; blocked: Finding | null }): Cut | null {
    const stop = released === "" ? null : this.#releaseShaped(released);
    return blocked === null ? stop : this.#block(blocked);
  }

  #releaseShaped(text: string): "repetition" | null {
    const step = this.#shaper?.push(text) ?? { segments: [{ text, leftOut: null }], stop: null };
    this.#releaseSegments(step);
    return step.stop;
  }

  #releaseSegments({ segments }: ShapedStep): void {
    for (const { text, leftOut } of segments) {
      const start = this.#raw.length;
      this.#raw += text;
      if (leftOut === null) this.#shown += text;
      else this.#leftOut.push({ start, end: this.#raw.length, reason: leftOut });
      if (!this.#isForLog)
        this.#show(leftOut === null ? { type: "token", text } : { type: "left_out", text, reason: leftOut });
    }
  }

  #endShaping(finishReason: FinishReason): void {
    const shaper = this.#shaper;
    this.#shaper = null;
    if (shaper !== null && this.#fallback === null) this.#releaseSegments(shaper.end(finishReason));
  }

  #block(blocked: Finding): "held" {
    this.#endShaping("held");
    const fallback = this.#guard.fallbackFor(blocked);
    this.#fallback = fallback;
    this.#shown = withReplacement(this.#shown, fallback);
    this.#raw = withReplacement(this.#raw, fallback);
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

function withReplacement(text: string, fallback: string): string {
  return text + (text === "" || /\s$/.test(text) ? fallback : ` ${fallback}`);
}

function withFindings(verdict: Verdict, findings: readonly Finding[]): Verdict {
  return { severity: worseOf(verdict.severity, findings), findings: [...verdict.findings, ...findings] };
}
