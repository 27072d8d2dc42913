import type { Services } from "../backend.ts";
import { appRoutes } from "./app.ts";
import { base } from "./base.ts";
import { guardrailsRoutes } from "./guardrails.ts";
import { inferenceRoutes } from "./inference.ts";
import { logsRoutes } from "./logs.ts";
import { registryRoutes } from "./registry.ts";
import { storyRoutes } from "./story.ts";

/** The contract, implemented; a route without a handler does not compile. */
export function createRouter(services: Services) {
  return base.router({
    app: appRoutes(services),
    registry: registryRoutes(services),
    inference: inferenceRoutes(services),
    story: storyRoutes(services),
    guardrails: guardrailsRoutes(services),
    logs: logsRoutes(services),
  });
}

export type Router = ReturnType<typeof createRouter>;
