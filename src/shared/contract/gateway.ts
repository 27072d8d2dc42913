import { z } from "zod";
import { route } from "./errors.ts";
import { inferenceId } from "./ids.ts";

export const gatewayStatus = z.object({
  enabled: z.boolean(),
  /** Where it listens, as `http://127.0.0.1:11500`; null while it is off or could not start. */
  url: z.string().nullable(),
  port: z.number().int(),
  /** The key programs have to send; null where the host cannot keep one. */
  key: z.string().nullable(),
  maxBodyBytes: z.number().int(),
  /** Programs may pull, create, copy and delete models through Ollama's API. */
  managesModels: z.boolean(),
  /** What Ollama's API has in place of a text that was held back; see `heldSentence`. */
  heldSentence: z.string(),
  /** Why it does not listen although it is on, in a sentence. */
  trouble: z.string().nullable(),
});
export type GatewayStatus = z.infer<typeof gatewayStatus>;

/** One request a program made. */
export const gatewayCall = z.object({
  id: z.number().int(),
  atMs: z.number().int(),
  /** The program's own name: its `User-Agent`, cut at 200 characters. */
  client: z.string(),
  /** Of the session key the program sent, if it did. */
  session: z.string().nullable(),
  method: z.string(),
  path: z.string(),
  /** The model name in the request. */
  model: z.string().nullable(),
  /** Null while it is being answered. */
  status: z.number().int().nullable(),
  durationMs: z.number().nullable(),
  inferenceId: inferenceId.nullable(),
  /** Why it was refused or failed. */
  error: z.string().nullable(),
});
export type GatewayCall = z.infer<typeof gatewayCall>;

/**
 * What stands in an answer of Ollama's API, which has no word for it, in place of a text that was held back: `{reason}` is why, in a
 * sentence, and `{fallback}` the text that the guardrails give instead.
 */
const heldSentence = z.string().trim().min(1).max(500);

/** The server for other programs: Ollama's, OpenAI's and Anthropic's APIs on the loopback address, off until switched on. */
export const gatewayContract = {
  status: route.output(gatewayStatus),
  /** Switches it on or off, moves its port, or changes what it takes, allows and writes; what is left out stays. It is so again at the next start. */
  configure: route
    .input(
      z.object({
        enabled: z.boolean().optional(),
        port: z.number().int().min(0).max(65_535).optional(),
        maxBodyBytes: z.number().int().min(1_024).max(1_073_741_824).optional(),
        managesModels: z.boolean().optional(),
        heldSentence: heldSentence.optional(),
      }),
    )
    .output(gatewayStatus),
  /** A fresh key; the old one is refused from now on. */
  renewKey: route.output(gatewayStatus),
  /** Running requests, then the latest finished ones, at most 200. */
  calls: route.output(z.array(gatewayCall)),
};
