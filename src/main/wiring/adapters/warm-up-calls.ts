import type { Message } from "../../../shared/contract/inference.ts";
import type { ModelVersion } from "../../../shared/contract/registry.ts";
import { messagesCall } from "../../inference/call/messages-call.ts";
import type { LLMClient } from "../../inference/llm-client.ts";
import type { WarmUpCalls } from "../../rollouts/ports.ts";

const sentence =
  "The lamp in the harbour office burned late, and the clerk wrote down every boat that came in before the storm.";
/** About 500 tokens of prompt and 150 of answer: what a call takes where nothing else is known of a use case. */
const messages: readonly Message[] = [
  { role: "user", content: `${Array.from({ length: 22 }, () => sentence).join(" ")}\n\nGo on with this.` },
];
const wholeTokens = 150;
/** After a whole one. */
const laterTokens = 24;
/** On a slow machine a rollout does not wait longer for them all: what is missing is made up for by calls that are no evidence. */
const withinMs = 20_000;

/** Warms a version up by guarded, logged calls to itself. */
export class LoggedWarmUpCalls implements WarmUpCalls {
  readonly #llm: Pick<LLMClient, "generateText">;

  constructor(llm: Pick<LLMClient, "generateText">) {
    this.#llm = llm;
  }

  async ask({ id: versionId }: ModelVersion, times: number, signal: AbortSignal): Promise<number> {
    let answers = 0;
    const ended = AbortSignal.any([signal, AbortSignal.timeout(withinMs)]);
    for (let asked = 0; asked < times; asked += 1) {
      signal.throwIfAborted();
      const options = { maxTokens: asked === 0 ? wholeTokens : laterTokens };
      const call = messagesCall({ target: { type: "version", versionId }, caller: "warm-up", messages, options });
      try {
        for await (const event of this.#llm.generateText(call, ended))
          if (event.type === "done" && event.finishReason !== "stopped") answers += 1;
      } catch {
        // what failed is in the log, and the version is not settled
      }
      if (answers <= asked) break;
    }
    signal.throwIfAborted();
    return answers;
  }
}
