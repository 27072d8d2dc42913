import { z } from "zod";
import { create } from "zustand";
import { createJSONStorage, persist } from "zustand/middleware";
import { versionId } from "../../../../shared/contract/ids.ts";
import {
  deadlines,
  type GenerationOptions,
  type Message,
  message,
  useCaseName,
} from "../../../../shared/contract/inference.ts";
import { type MessageDraft, messageDrafts, newMessage, startingMessages } from "../../ui/request/messages-draft.ts";
import {
  type DeadlinesDraft,
  emptyOptions,
  optionsDraft,
  type OptionsDraft,
  thinkChoices,
} from "../../ui/request/options-draft.ts";

const target = z.discriminatedUnion("type", [
  z.object({ type: z.literal("use_case"), useCase: useCaseName }),
  z.object({ type: z.literal("version"), versionId, model: z.string(), version: z.string() }),
]);
/** Who is asked: a use case, or one version under the name it had when it was chosen. */
export type Target = z.infer<typeof target>;

/** A slot for a model to ask; empty until one is chosen. */
export interface Slot {
  readonly key: string;
  readonly target: Target | null;
}

/** What is being written, as it stands. */
export interface RequestDraft {
  readonly slots: readonly Slot[];
  readonly messages: readonly MessageDraft[];
  readonly options: OptionsDraft;
  readonly deadlines: DeadlinesDraft;
}

export const maxTargets = 4;

// An earlier version of this page may have written what is read here. It is read as soon as the store is made.
const keptRequest: z.ZodType<RequestDraft> = z.object({
  slots: z
    .array(z.object({ key: z.string(), target: target.nullable() }))
    .min(1)
    .max(maxTargets),
  messages: z.array(message.extend({ key: z.string() })).min(1),
  options: z.object({
    numbers: z.record(z.string(), z.string()),
    stop: z.array(z.string()),
    format: z.enum(["text", "json", "schema"]),
    schema: z.string(),
    think: z.enum(thinkChoices),
    keepAlive: z.string(),
    tools: z.string(),
    raw: z.boolean(),
    serverOptions: z.string(),
  }),
  deadlines: z.partialRecord(deadlines.keyof(), z.string()),
});

/** The request being written; kept in this browser through reloads and closed windows. */
export const useRequest = create<RequestDraft>()(
  persist((): RequestDraft => emptyRequest(), {
    name: "taleward.playground",
    storage: createJSONStorage(() => ({
      getItem: (name) => localStorage.getItem(name),
      removeItem: (name) => localStorage.removeItem(name),
      setItem: (name, value) => {
        try {
          localStorage.setItem(name, value);
        } catch {
          // Pictures may be larger than the browser keeps; the request works without being kept.
        }
      },
    })),
    merge: (kept, fresh) => keptRequest.safeParse(kept).data ?? fresh,
  }),
);

export function newSlot(target: Target | null = null): Slot {
  return { key: crypto.randomUUID(), target };
}

/** Takes these messages and options instead of what was written; returns the undo. */
export function takeRequest(given: { readonly messages: Message[]; readonly options: GenerationOptions }): () => void {
  const before = useRequest.getState();
  useRequest.setState({ messages: messageDrafts(given.messages), options: optionsDraft(given.options) });
  return () => useRequest.setState(before);
}

/** Throws away everything written but who is asked; returns the way back. */
export function resetRequest(): () => void {
  const before = useRequest.getState();
  useRequest.setState({ ...emptyRequest(), slots: before.slots });
  return () => useRequest.setState(before);
}

export function setTarget(key: string, target: Target): void {
  useRequest.setState(({ slots }) => ({ slots: slots.map((slot) => (slot.key === key ? { ...slot, target } : slot)) }));
}

/** Adds what was answered as the next turn, with an empty one to go on. */
export function continueWith(content: string, toolCalls: MessageDraft["toolCalls"] = []): void {
  useRequest.setState(({ messages }) => ({
    messages: [
      ...messages,
      { ...newMessage("assistant", content), ...(toolCalls.length > 0 && { toolCalls }) },
      ...(toolCalls.length === 0
        ? [newMessage("user")]
        : toolCalls.map(({ id, name }) => ({ ...newMessage("tool"), toolCallId: id, toolName: name }))),
    ],
  }));
}

function emptyRequest(): RequestDraft {
  return {
    slots: [newSlot({ type: "use_case", useCase: "story_generation" })],
    messages: startingMessages(),
    options: emptyOptions,
    deadlines: {},
  };
}
