import type { TestCase } from "../../../../../shared/contract/suites.ts";
import { type MessageDraft, messageDrafts, startingMessages } from "../../../ui/request/messages-draft.ts";
import { emptyOptions, optionsDraft, type OptionsDraft } from "../../../ui/request/options-draft.ts";
import { type AssertionDraft, assertionDraft, newAssertion } from "./assertion-draft.ts";

/** A case as typed. */
export interface CaseDraft {
  readonly name: string;
  readonly messages: readonly MessageDraft[];
  readonly options: OptionsDraft;
  readonly assertions: readonly AssertionDraft[];
}

/** The fields of a case, or of a new one. */
export function caseDraft(testCase: TestCase | null): CaseDraft {
  if (testCase === null)
    return { name: "", messages: startingMessages(), options: emptyOptions, assertions: [newAssertion("contains")] };
  const { name, messages, options, assertions } = testCase;
  return {
    name,
    messages: messageDrafts(messages),
    options: optionsDraft(options),
    assertions: assertions.map(assertionDraft),
  };
}
