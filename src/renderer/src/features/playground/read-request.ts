import { readMessages } from "../../ui/request/messages-draft.ts";
import type { MessageErrors } from "../../ui/request/messages-draft.ts";
import { type DeadlineErrors, type OptionErrors, readDeadlines, readOptions } from "../../ui/request/options-draft.ts";
import type { Question } from "./answers.ts";
import type { RequestDraft, Target } from "./request.ts";

/** What is wrong with a request, beside what it is wrong with. */
export interface RequestErrors {
  readonly slots: Readonly<Record<string, string>>;
  readonly messages: MessageErrors;
  readonly options: OptionErrors;
  readonly deadlines: DeadlineErrors;
}

/** The draft as something to send, and everything that is wrong with it, all at once. */
export function readRequest({
  slots,
  messages: drafts,
  options: optionsDraft,
  deadlines: deadlinesDraft,
}: RequestDraft): {
  readonly targets: readonly Target[];
  readonly question: Question;
  readonly errors: RequestErrors;
} {
  const { messages, errors: messageErrors } = readMessages(drafts, optionsDraft.raw);
  const { options, errors: optionErrors } = readOptions(optionsDraft);
  const { deadlines, errors: deadlineErrors } = readDeadlines(deadlinesDraft);
  return {
    targets: slots.flatMap(({ target }) => (target === null ? [] : [target])),
    question: { messages, options, deadlines },
    errors: {
      slots: Object.fromEntries(
        slots
          .filter(({ target }) => target === null)
          .map(({ key }) => [key, "Choose a use case or a version, or remove this line."]),
      ),
      messages: messageErrors,
      options: optionErrors,
      deadlines: deadlineErrors,
    },
  };
}

export function anyError({ slots, messages, options, deadlines }: RequestErrors): boolean {
  return [slots, messages, options, deadlines].some((part) => Object.keys(part).length > 0);
}

/**
 * Which errors to show: none before somebody tried; from then on all that is, but for lines added since, which may
 * still be empty.
 */
export function errorsSince(tried: RequestDraft | null, now: RequestDraft): RequestErrors {
  if (tried === null) return { slots: {}, messages: {}, options: {}, deadlines: {} };
  const { errors } = readRequest(now);
  const known = new Set(["all", ...tried.slots.map(({ key }) => key), ...tried.messages.map(({ key }) => key)]);
  return { ...errors, slots: only(known, errors.slots), messages: only(known, errors.messages) };
}

function only(keys: ReadonlySet<string>, errors: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(errors).filter(([key]) => keys.has(key)));
}
