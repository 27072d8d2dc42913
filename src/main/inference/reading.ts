import type { Finding, Verdict } from "../../shared/contract/guardrails.ts";
import type { FinishReason, InferenceEvent, ToolCall } from "../../shared/contract/inference.ts";
import type { StreamGate } from "../guardrails/gate.ts";
import { worseOf } from "../severity.ts";
import type { TextShaper } from "./llm-client.ts";
import type { ProviderEvent } from "./provider.ts";

export interface ReadingNeeds {
  readonly createGate: () => StreamGate;
  /** Checks a whole text, such as a tool call's arguments. */
  readonly checkText: (text: string) => Verdict;
  readonly fallbackFor: (finding: Finding) => string;
  readonly describeHeld: (finding: Finding) => string;
}

/** Why the model is stopped before it ends by itself. */
export type Cut = Extract<FinishReason, "held" | "repetition" | "stop">;

/** What the log keeps of an answer. */
export interface ReadAnswer {
  readonly verdict: Verdict;
  /** What the reader was shown. */
  readonly shown: string;
  readonly original: string;
  readonly fallback: string | null;
  readonly thoughts: string;
  /** Of the thoughts: their offsets are into `original`, which is kept for reviewers only. */
  readonly thoughtFindings: { readonly findings: readonly Finding[]; readonly original: string };
  readonly toolCalls: readonly ToolCall[];
}

/** One answer on its way from the model through shaper and gate to the reader. */
export class Reading {
  readonly #needs: ReadingNeeds;
  readonly #shaper: TextShaper | null;
  readonly #gate: StreamGate;
  readonly #emit: (event: InferenceEvent) => void;
  readonly #toolCalls: ToolCall[] = [];
  #thoughtGate: StreamGate | null = null;
  #thoughts = "";
  #thoughtOriginal = "";
  readonly #thoughtFindings: Finding[] = [];
  #shown = "";
  #fallback: string | null = null;
  readonly #toolFindings: Finding[] = [];

  constructor(needs: ReadingNeeds, shaper: TextShaper | null, emit: (event: InferenceEvent) => void) {
    this.#needs = needs;
    this.#shaper = shaper;
    this.#gate = needs.createGate();
    this.#emit = emit;
  }

  /** Whether anything of the answer has reached the reader. */
  get shownAny(): boolean {
    return this.#shown !== "" || this.#thoughts !== "" || this.#toolCalls.length > 0;
  }

  /** Takes one event of the model; tells why it should stop, or null. */
  take(event: Exclude<ProviderEvent, { type: "result" }>): Cut | null {
    if (event.type === "thought") {
      this.#think(event.text);
      return null;
    }
    this.#endThought();
    return event.type === "tool_call" ? this.#offer(event.call) : this.#write(event.text);
  }

  /** The model has ended, in whatever way: clears or holds what still waits. True when something was held. */
  end(finishReason: FinishReason): boolean {
    this.#endThought();
    if (this.#fallback !== null) return true;
    const tail = this.#shaper?.end(finishReason).text ?? "";
    return (tail !== "" && this.#step(this.#gate.push(tail))) || this.#step(this.#gate.end());
  }

  /** The model has failed: what was cleared stays, what still waited is checked like everything else. */
  fail(): void {
    this.#endThought();
    if (this.#fallback === null) this.#step(this.#gate.end());
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

  #endThought(): void {
    const gate = this.#thoughtGate;
    if (gate === null) return;
    this.#thoughtGate = null;
    this.#releaseThought(gate.end().released);
    const before = this.#thoughtOriginal.length;
    for (const finding of gate.verdict().findings)
      this.#thoughtFindings.push({ ...finding, start: finding.start + before, end: finding.end + before });
    this.#thoughtOriginal += gate.original();
  }

  #releaseThought(text: string): void {
    if (text === "") return;
    this.#thoughts += text;
    this.#emit({ type: "thought", text });
  }

  #offer(call: ToolCall): Cut | null {
    const { findings } = this.#needs.checkText(`${call.name} ${JSON.stringify(call.arguments)}`);
    this.#toolFindings.push(...findings.map((finding) => ({ ...finding, start: 0, end: 0 })));
    const held = findings.find(({ severity }) => severity === "high" || severity === "critical");
    if (held) return this.#hold(held);
    this.#toolCalls.push(call);
    this.#emit({ type: "tool_call", call });
    return null;
  }

  /** True when the gate has closed. */
  #step({ released, held }: { released: string; held: Finding | null }): boolean {
    if (released !== "") {
      this.#shown += released;
      this.#emit({ type: "token", text: released });
    }
    return held !== null && this.#hold(held) === "held";
  }

  #hold(held: Finding): "held" {
    const fallback = this.#needs.fallbackFor(held);
    this.#fallback = fallback;
    this.#shown += this.#shown === "" || /\s$/.test(this.#shown) ? fallback : ` ${fallback}`;
    const { start: _start, end: _end, ...finding } = held;
    this.#emit({ type: "held", finding, severity: held.severity, reason: this.#needs.describeHeld(held), fallback });
    return "held";
  }
}

function withMore(verdict: Verdict, findings: readonly Finding[]): Verdict {
  return { severity: worseOf(verdict.severity, findings), findings: [...verdict.findings, ...findings] };
}
