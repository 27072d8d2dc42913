import type { Finding, Verdict } from "../../../shared/contract/guardrails.ts";
import type { FinishReason, InferenceEvent, ToolCall } from "../../../shared/contract/inference.ts";
import type { StreamGate } from "../../guardrails/gate.ts";
import { worseOf } from "../../../shared/severity.ts";
import type { TextShaper } from "../llm-client.ts";
import type { ProviderEvent } from "../provider.ts";

export interface ReadingPorts {
  readonly createGate: () => StreamGate;
  /** Checks a whole text, such as a tool call's arguments. */
  readonly checkText: (text: string) => Verdict;
  readonly fallbackFor: (finding: Finding) => string;
  readonly describeBlocked: (finding: Finding) => string;
}

/** Why the model is stopped before it ends by itself. */
export type Cut = Extract<FinishReason, "held" | "repetition" | "stop">;

/** What the log keeps of an answer. */
export interface ReadAnswer {
  readonly verdict: Verdict;
  /** What the reader was shown; of a failed call also what was cleared of a text whose format was not right. */
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
export function holds({ severity }: Finding): boolean {
  return severity === "high" || severity === "critical";
}

/**
 * One answer on its way from the model through shaper and gate to the reader. After an attempt that came to nothing the next one
 * begins with what the reader was shown of it, and with everything that was found.
 */
export class GuardedStream {
  readonly #needs: ReadingPorts;
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
  #aside = "";
  /** What is cleared of the text is not shown any more. */
  #isForLog = false;
  #isDiscarded = false;
  #fallback: string | null = null;
  readonly #toolFindings: Finding[] = [];

  /** `before` is the reading of the attempt before, which ends here. */
  constructor(
    needs: ReadingPorts,
    shaper: TextShaper | null,
    emit: (event: InferenceEvent) => void,
    before: GuardedStream | null,
  ) {
    this.#needs = needs;
    this.#shaper = shaper;
    this.#gate = needs.createGate();
    this.#emit = emit;
    if (before === null) return;
    before.#discard();
    this.#thoughts = before.#thoughts;
    this.#thoughtOriginal = before.#thoughtOriginal;
    this.#thoughtFindings.push(...before.#thoughtFindings);
    this.#toolCalls.push(...before.#toolCalls);
    this.#toolFindings.push(...before.#toolFindings);
  }

  /** Whether anything of this answer has reached the reader. */
  get shownAny(): boolean {
    return this.#shownAny || this.calledTools;
  }

  get calledTools(): boolean {
    return this.#toolCalls.length > 0;
  }

  /** Whether anything was held, of this answer or of one before it. */
  get held(): boolean {
    return this.#fallback !== null || this.#thoughtFindings.some(holds);
  }

  /** Whether anything was found at all. */
  get found(): boolean {
    return [this.#gate.verdict().findings, this.#toolFindings, this.#thoughtFindings].some(({ length }) => length > 0);
  }

  /** The text that waits to be checked for its format. */
  get aside(): string {
    return this.#aside;
  }

  /** Takes one event of the model; tells why it should stop, or null. */
  take(event: Exclude<ProviderEvent, { type: "result" }>): Cut | null {
    if (event.type === "thought") {
      this.#think(event.text);
      return null;
    }
    this.endThought();
    return event.type === "tool_call" ? this.#offer(event.call) : this.#write(event.text);
  }

  /** Takes text that is not to be shown before its format was checked. */
  setAside(text: string): void {
    this.endThought();
    this.#aside += text;
  }

  /** What was set aside has the right format: `text` is what to show of it. Tells why the model should stop, or null. */
  fits(text: string): Cut | null {
    this.#aside = "";
    return this.#write(text);
  }

  /** No more thoughts come for now: clears what still waits of them. */
  endThought(): void {
    const gate = this.#thoughtGate;
    if (gate === null) return;
    this.#thoughtGate = null;
    this.#releaseThought(gate.end().released);
    this.#keep(gate.verdict(), gate.original());
  }

  /** The model has ended, in whatever way: clears or holds what still waits. True when something was held. */
  end(finishReason: FinishReason): boolean {
    this.endThought();
    this.#keepAside();
    if (this.#fallback !== null) return true;
    const tail = this.#shaper?.end(finishReason).text ?? "";
    return (tail !== "" && this.#step(this.#gate.push(tail))) || this.#step(this.#gate.end());
  }

  /**
   * The model has failed: what was cleared stays, what still waited is checked like everything else. What was set aside is
   * cleared for the log alone.
   */
  fail(): void {
    this.endThought();
    if (this.#fallback !== null) return;
    const text = this.#aside;
    this.#aside = "";
    this.#isForLog = text !== "";
    if (text === "" || !this.#step(this.#gate.push(text))) this.#step(this.#gate.end());
  }

  read(): ReadAnswer {
    return {
      verdict: withMore(this.#gate.verdict(), this.#toolFindings),
      shown: this.#shown,
      original: this.#gate.original(),
      fallback: this.#fallback,
      thoughts: this.#thoughts,
      thoughtFindings: { findings: this.#thoughtFindings, original: this.#thoughtOriginal },
      toolCalls: this.#toolCalls,
    };
  }

  #write(text: string): Cut | null {
    const shaped = this.#shaper?.push(text) ?? { text, stop: null };
    if (shaped.text !== "" && this.#step(this.#gate.push(shaped.text))) return "held";
    return shaped.stop === "list" ? "stop" : shaped.stop;
  }

  /** Thoughts are shown as far as they are cleared; what is held of them is left out, and the answer goes on. */
  #think(text: string): void {
    this.#thoughtGate ??= this.#needs.createGate();
    this.#releaseThought(this.#thoughtGate.push(text).released);
  }

  #releaseThought(text: string): void {
    if (text === "" || this.#isDiscarded) return;
    this.#thoughts += text;
    this.#show({ type: "thought", text });
  }

  /** Another attempt follows: what still waits is not shown any more, but what is found in it is kept. */
  #discard(): void {
    this.#isDiscarded = true;
    this.endThought();
    this.#keepAside();
    this.#gate.end();
    this.#keep(this.#gate.verdict(), this.#gate.original());
  }

  #keepAside(): void {
    const text = this.#aside;
    this.#aside = "";
    if (text !== "") this.#keep(this.#needs.checkText(text), text);
  }

  /** Keeps what was found in a text beside the answer. */
  #keep({ findings }: Verdict, original: string): void {
    const before = this.#thoughtOriginal.length;
    for (const finding of findings)
      this.#thoughtFindings.push({ ...finding, start: finding.start + before, end: finding.end + before });
    this.#thoughtOriginal += original;
  }

  #offer(call: ToolCall): Cut | null {
    const { findings } = this.#needs.checkText(`${call.name} ${JSON.stringify(call.arguments)}`);
    this.#toolFindings.push(...findings.map((finding) => ({ ...finding, start: 0, end: 0 })));
    const held = findings.find(holds);
    if (held) return this.#hold(held);
    this.#toolCalls.push(call);
    this.#show({ type: "tool_call", call });
    return null;
  }

  /** True when the gate has closed. */
  #step({ released, blocked }: { released: string; blocked: Finding | null }): boolean {
    if (released !== "") {
      this.#shown += released;
      if (!this.#isForLog) this.#show({ type: "token", text: released });
    }
    return blocked !== null && this.#hold(blocked) === "held";
  }

  #hold(held: Finding): "held" {
    const fallback = this.#needs.fallbackFor(held);
    this.#fallback = fallback;
    this.#shown += this.#shown === "" || /\s$/.test(this.#shown) ? fallback : ` ${fallback}`;
    const { start: _start, end: _end, ...finding } = held;
    this.#show({ type: "held", finding, severity: held.severity, reason: this.#needs.describeBlocked(held), fallback });
    return "held";
  }

  #show(event: InferenceEvent): void {
    this.#shownAny = true;
    this.#emit(event);
  }
}

function withMore(verdict: Verdict, findings: readonly Finding[]): Verdict {
  return { severity: worseOf(verdict.severity, findings), findings: [...verdict.findings, ...findings] };
}
