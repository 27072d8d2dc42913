import type { GenerationOptions } from "../../../shared/contract/inference.ts";
import type { Message } from "../../../shared/contract/inference.ts";
import type { SentStory } from "../../../shared/contract/story.ts";
import type { Target, TextCall } from "../../inference/call/call-types.ts";
import { composeNarrative, type NarrativeInput } from "./compose.ts";
import { createProseShaper } from "../shaping/prose.ts";
import { shapeFor } from "../shaping/shape.ts";

/** A prompt that was composed for a version. */
export interface ComposedFor {
  readonly versionId: string;
  readonly messages: readonly Message[];
  readonly sent: SentStory;
}

/** The call that writes the next piece of a story. `onComposed` hears of the prompt of each version that is tried. */
export function narrativeCall(
  input: NarrativeInput,
  caller: string,
  onComposed?: (composed: ComposedFor) => void,
): TextCall {
  return {
    target: { type: "use_case", useCase: "story_generation" },
    caller,
    compose: async (target) => {
      const { sent, ...composed } = await composeNarrative(input, target);
      onComposed?.({ versionId: target.version.id, messages: composed.messages, sent });
      return (await isShaped(target)) ? { ...composed, createShaper: () => createProseShaper(input) } : composed;
    },
  };
}

/** Asks for the number of parameters only where the version says nothing itself. */
async function isShaped(target: Target): Promise<boolean> {
  const { configuration } = target.version;
  const count = configuration.shape === undefined ? await target.parameterCount() : null;
  return shapeFor(configuration, count) === "small_model";
}

/** The call a bare prompt makes on a use case: a first passage for `story_generation`, the prompt as it is elsewhere. */
export function promptedCall(input: {
  useCase: string;
  prompt: string;
  options?: GenerationOptions | undefined;
}): TextCall {
  const options = input.options ?? {};
  if (input.useCase === "story_generation")
    return narrativeCall({ instruction: input.prompt, storyText: "", style: {}, options }, "prompt");
  return {
    target: { type: "use_case", useCase: input.useCase },
    caller: "prompt",
    compose: async () => ({
      ask: input.prompt,
      messages: [{ role: "user", content: input.prompt }],
      options,
      promptTemplate: null,
    }),
  };
}
