import type { Router as ImplementedContract } from "@orpc/server";
import type { Contract } from "../../shared/contract/contract.ts";
import type { Services } from "../services.ts";
import { appRoutes } from "./app.ts";
import { base } from "./base.ts";
import { coordinationRoutes } from "./coordination.ts";
import { draftRoutes } from "./drafts.ts";
import { gatewayRoutes } from "./gateway.ts";
import { guardrailsRoutes } from "./guardrails.ts";
import { inferenceRoutes } from "./inference.ts";
import { logsRoutes } from "./logs.ts";
import { registryRoutes } from "./registry.ts";
import { rolloutsRoutes } from "./rollouts.ts";
import { serversRoutes } from "./servers.ts";
import { storyRoutes } from "./story.ts";
import { suitesRoutes } from "./suites.ts";

/** The contract, implemented; a route without a handler does not compile. */
export function createRouter(services: Services): Router {
  return base.router({
    app: appRoutes(services),
    registry: registryRoutes(services),
    inference: inferenceRoutes(services),
    story: storyRoutes(services),
    drafts: draftRoutes(services),
    guardrails: guardrailsRoutes(services),
    logs: logsRoutes(services),
    servers: serversRoutes(services),
    suites: suitesRoutes(services),
    gateway: gatewayRoutes(services),
    rollouts: rolloutsRoutes(services),
    coordination: coordinationRoutes(services),
  });
}

export type Router = ImplementedContract<Contract, Record<never, never>>;
