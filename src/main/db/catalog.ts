import { guardrailReads, guardrailWrites } from "./queries/guardrails.ts";
import { logReads, logWrites } from "./queries/logs.ts";
import { registryReads, registryWrites } from "./queries/registry.ts";
import { settingsReads, settingsWrites } from "./queries/settings.ts";
import { storyReads, storyWrites } from "./queries/story.ts";

/** Every business fact that can be asked of or told to the database, by name. */
export const reads = { ...registryReads, ...logReads, ...guardrailReads, ...storyReads, ...settingsReads };
export const writes = { ...registryWrites, ...logWrites, ...guardrailWrites, ...storyWrites, ...settingsWrites };

export type Reads = typeof reads;
export type Writes = typeof writes;
