import { eventIterator } from "@orpc/contract";
import { z } from "zod";
import { route } from "./errors.ts";

/** What changed, so that a screen can ask again. */
export const changeTopic = z.enum([
  "registry",
  "endpoints",
  "logs",
  "violations",
  "stories",
  "inference",
  "suites",
  "gateway",
  "rollouts",
  "updates",
  "alerts",
]);
export type ChangeTopic = z.infer<typeof changeTopic>;

export const appContract = {
  info: route.output(
    z.object({
      version: z.string(),
      host: z.enum(["desktop", "browser", "terminal", "test"]),
      dataDirectory: z.string(),
      ollamaEndpoint: z.string(),
    }),
  ),
  /** Starts with every topic once, then names each topic as it changes; a burst is emitted as one. */
  changes: route.output(eventIterator(z.object({ topics: z.array(changeTopic) }))),
};
