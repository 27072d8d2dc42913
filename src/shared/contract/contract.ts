import { appContract } from "./app.ts";
import { guardrailsContract } from "./guardrails.ts";
import { inferenceContract } from "./inference.ts";
import { logsContract } from "./logs.ts";
import { registryContract } from "./registry.ts";
import { storyContract } from "./story.ts";

/** Everything a screen, a terminal or a test can ask of the backend. */
export const contract = {
  app: appContract,
  registry: registryContract,
  inference: inferenceContract,
  story: storyContract,
  guardrails: guardrailsContract,
  logs: logsContract,
};
export type Contract = typeof contract;
