import type { ResponseFormat } from "../../../shared/contract/inference.ts";
import type { GatewayModels, GatewayTextCall } from "../../gateway/ports.ts";
import type { EmbedCall } from "../../inference/call/embedding-call.ts";
import { messagesCall } from "../../inference/call/messages-call.ts";
import type { FormatChecker, FormatCheckers } from "../../inference/call/structured-output.ts";
import type { LLMClient } from "../../inference/llm-client.ts";
import type { SuiteModels } from "../../suites/case-run.ts";

/** Sends messages as they are through `LLMClient`: for test suites, and for the programs behind the gateway. */
export class MessagesClient implements SuiteModels, GatewayModels {
  readonly #llm: LLMClient;
  readonly #formats: FormatCheckers;

  constructor(llm: LLMClient, formats: FormatCheckers) {
    this.#llm = llm;
    this.#formats = formats;
  }

  chat(call: GatewayTextCall, signal: AbortSignal) {
    return this.#llm.generateText(messagesCall(call), signal);
  }

  embed(call: EmbedCall, signal: AbortSignal) {
    return this.#llm.embed(call, signal);
  }

  checkerFor(format: ResponseFormat): Promise<FormatChecker> {
    return this.#formats.checkerFor(format);
  }
}
