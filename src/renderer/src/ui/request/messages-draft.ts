import { type Message, message as messageSchema } from "../../../../shared/contract/inference.ts";

/** A message being written; `key` distinguishes two with the same words. */
export interface MessageDraft extends Message {
  readonly key: string;
}

/** What is wrong, by the message's key; `all` is about them together. */
export type MessageErrors = Readonly<Record<string, string>>;

export function newMessage(role: Message["role"], content = ""): MessageDraft {
  return { key: crypto.randomUUID(), role, content };
}

/** What follows in a conversation: after a question what was answered, and otherwise a question. */
export function nextMessage(messages: readonly MessageDraft[]): MessageDraft {
  return newMessage(messages.at(-1)?.role === "user" ? "assistant" : "user");
}

export function startingMessages(): readonly MessageDraft[] {
  return [newMessage("system"), newMessage("user")];
}

export function messageDrafts(messages: readonly Message[]): readonly MessageDraft[] {
  return messages.map((message) => ({ ...message, key: crypto.randomUUID() }));
}

/** The messages to send, empty system ones left out; the errors are empty when all of it is right. */
export function readMessages(
  drafts: readonly MessageDraft[],
  raw: boolean,
): { readonly messages: Message[]; readonly errors: MessageErrors } {
  const written = drafts.filter(({ role, content }) => role !== "system" || content.trim() !== "");
  const errors: Record<string, string> = {};
  for (const { key, content, images = [], toolCalls = [], role } of written) {
    if (content.trim() === "" && images.length === 0 && toolCalls.length === 0) {
      errors[key] = role === "user" ? "Write what the model is asked." : "Write this message, or remove it.";
    }
  }
  if (written.length === 0) errors["all"] = "Add a message to send.";
  if (raw && written.length > 1) {
    errors["all"] = "Raw sends one message as the whole prompt. Remove the others, or switch raw off.";
  }
  return { messages: written.map((draft) => messageSchema.parse(draft)), errors };
}
