import { eventIterator } from "@orpc/contract";
import { z } from "zod";
import { actor } from "./actor.ts";
import { route } from "./errors.ts";
import { alertId, subscriberId, versionId } from "./ids.ts";
import { endpointUrl } from "./registry.ts";
import { useCaseName } from "./inference.ts";

/** One change of what answers a use case, sent to every subscriber. `key` is the same however often it is sent. */
export const modelUpdate = z.object({
  sequence: z.number().int(),
  key: z.uuid(),
  atMs: z.number().int(),
  useCase: useCaseName,
  type: z.enum(["assigned", "rollout_started", "weight_changed", "rollout_completed", "rollout_rolled_back"]),
  versionId,
  model: z.string(),
  version: z.string(),
  /** The share of the calls that goes to the version, 0 to 100. */
  percent: z.number(),
  message: z.string(),
});
export type ModelUpdate = z.infer<typeof modelUpdate>;

export const subscriber = z.object({
  id: subscriberId,
  name: z.string(),
  /** A service inside Taleward, a program's URL that is POSTed to, or a connected client that reads `updates`. */
  kind: z.enum(["in_process", "webhook", "client"]),
  url: z.string().nullable(),
  /** The last update it acknowledged, and how many it has not. */
  acknowledged: z.number().int(),
  waiting: z.number().int(),
  /** Of the last failed attempt; null when the last one succeeded. */
  lastError: z.string().nullable(),
  nextTryAtMs: z.number().int().nullable(),
  createdAtMs: z.number().int(),
});
export type Subscriber = z.infer<typeof subscriber>;

export const alertKind = z.enum(["violation", "rollout", "drift", "delivery", "endpoint"]);
export type AlertKind = z.infer<typeof alertKind>;
export const alertLevel = z.enum(["info", "warning", "critical"]);
export type AlertLevel = z.infer<typeof alertLevel>;

export const alert = z.object({
  id: alertId,
  atMs: z.number().int(),
  kind: alertKind,
  level: alertLevel,
  message: z.string(),
  /** What to do about it, in a sentence. */
  remedy: z.string(),
  /** The screen it leads to, as a path such as `rollouts/<id>`. */
  location: z.string().nullable(),
  acknowledgedAtMs: z.number().int().nullable(),
  /** Taleward itself where what it spoke of is over, such as the outage of a server. */
  acknowledgedBy: actor.nullable(),
});
export type Alert = z.infer<typeof alert>;

/** Which alerts are sent where. Quiet hours are local, as minutes of the day; a critical alert is sent in them too. */
export const alertRules = z.object({
  desktop: alertLevel.nullable(),
  webhook: z.object({ url: endpointUrl, from: alertLevel }).nullable(),
  quiet: z
    .object({ fromMinute: z.number().int().min(0).max(1_439), untilMinute: z.number().int().min(0).max(1_439) })
    .nullable(),
  /** Kinds that raise no alert at all. */
  muted: z.array(alertKind),
});
export type AlertRules = z.infer<typeof alertRules>;

const name = z.string().trim().min(1).max(100);

export const coordinationContract = {
  subscribers: route.output(z.array(subscriber)),
  /**
   * A webhook is POSTed what answers each use case now and every update after it as JSON, with `Idempotency-Key` and signed by
   * Standard Webhooks 1.0.0, until it answers with 2xx. Addresses of Slack and Discord get a text.
   */
  subscribe: route.input(z.object({ name, url: endpointUrl })).output(subscriber),
  /** What receivers check signatures with: `whsec_` and base64; null where this machine can keep no secret, and nothing is signed. */
  signingSecret: route.output(z.object({ secret: z.string().nullable() })),
  unsubscribe: route.input(z.object({ subscriberId })).output(z.object({})),
  /** Sends the waiting updates now. */
  deliver: route.input(z.object({ subscriberId })).output(subscriber),
  /** For a connected client: every update it has not acknowledged, oldest first, then each as it comes. The name is its own. */
  updates: route.input(z.object({ client: name })).output(eventIterator(modelUpdate)),
  /** Acknowledges every update up to and including this one. */
  acknowledge: route.input(z.object({ client: name, sequence: z.number().int().min(0) })).output(z.object({})),
  /** Newest first. */
  history: route
    .input(z.object({ limit: z.number().int().min(1).max(500).default(100) }).prefault({}))
    .output(z.array(modelUpdate)),
  alerts: route
    .input(
      z.object({ open: z.boolean().optional(), limit: z.number().int().min(1).max(500).default(100) }).prefault({}),
    )
    .output(z.object({ items: z.array(alert), open: z.number().int() })),
  /** Acknowledges one alert, or without an id all that are open. */
  acknowledgeAlert: route
    .input(z.object({ alertId: alertId.optional() }))
    .output(z.object({ acknowledged: z.number().int() })),
  rules: route.output(alertRules),
  saveRules: route.input(alertRules).output(alertRules),
  /** Sends a test alert to every destination of the rules. */
  testAlert: route.output(alert),
};
