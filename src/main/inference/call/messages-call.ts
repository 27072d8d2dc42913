import type { CallTarget, Deadlines, GenerationOptions, Message } from "../../../shared/contract/inference.ts";
import type { TextCall } from "./call-types.ts";

/** The call that sends messages as they are. */
export function messagesCall(input: {
  target: CallTarget;
  /** Who asks, for the log, such as `playground` or `gateway: SillyTavern`. */
  caller: string;
  messages: readonly Message[];
  options: GenerationOptions;
  sessionKey?: string | undefined;
  deadlines?: Deadlines | undefined;
  heldText?: TextCall["heldText"];
}): TextCall {
  const { target, caller, messages, options, sessionKey, deadlines, heldText } = input;
  const ask = messages.findLast(({ role }) => role === "user") ?? messages.at(-1);
  return {
    target,
    caller,
    ...(sessionKey === undefined ? {} : { sessionKey }),
    ...(deadlines === undefined ? {} : { deadlines }),
    ...(heldText === undefined ? {} : { heldText }),
    compose: () => Promise.resolve({ ask: ask?.content ?? "", messages, options, promptTemplate: null }),
  };
}
