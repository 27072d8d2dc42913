import type {
  CallTarget,
  Deadlines,
  GenerationOptions,
  Message,
  WireEvent,
} from "../../../shared/contract/inference.ts";
import type { TextCall } from "../llm-client.ts";

/** The call that sends messages as they are. */
export function messagesCall(input: {
  target: CallTarget;
  /** Who asks, for the log, such as `playground` or `gateway: SillyTavern`. */
  caller: string;
  messages: readonly Message[];
  options: GenerationOptions;
  sessionKey?: string | undefined;
  deadlines?: Deadlines | undefined;
  observe?: ((event: WireEvent) => void) | undefined;
}): TextCall {
  const { target, caller, messages, options, sessionKey, deadlines, observe } = input;
  const ask = messages.findLast(({ role }) => role === "user") ?? messages.at(-1);
  return {
    target,
    caller,
    ...(sessionKey === undefined ? {} : { sessionKey }),
    ...(deadlines === undefined ? {} : { deadlines }),
    ...(observe === undefined ? {} : { observe }),
    compose: () => Promise.resolve({ ask: ask?.content ?? "", messages, options, promptTemplate: null }),
  };
}
