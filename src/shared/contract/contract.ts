import { appContract } from "./app.ts";
import { coordinationContract } from "./coordination.ts";
import { draftsContract } from "./drafts.ts";
import { gatewayContract } from "./gateway.ts";
import { guardrailsContract } from "./guardrails.ts";
import { inferenceContract } from "./inference.ts";
import { logsContract } from "./logs.ts";
import { registryContract } from "./registry.ts";
import { rolloutsContract } from "./rollouts.ts";
import { serversContract } from "./servers.ts";
import { storyContract } from "./story.ts";
import { storyBinContract } from "./stories/bin.ts";
import { storyHistoryContract } from "./stories/history.ts";
import { suitesContract } from "./suites.ts";

/** Everything a screen, a terminal or a test can ask of the backend. */
export const contract = {
  app: appContract,
  registry: registryContract,
  inference: inferenceContract,
  story: { ...storyContract, ...storyBinContract, ...storyHistoryContract },
  drafts: draftsContract,
  guardrails: guardrailsContract,
  logs: logsContract,
  servers: serversContract,
  suites: suitesContract,
  gateway: gatewayContract,
  rollouts: rolloutsContract,
  coordination: coordinationContract,
};
export type Contract = typeof contract;

/**
 * Raised when a field of the contract is renamed, removed or changes its shape, so that a terminal and a running host of two
 * versions refuse each other in words. 2: actors and what a rollout waits for are data. 3: a proposal says what was sent with it.
 */
export const contractVersion = 3;
