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

/** The server for other programs: Ollama's and OpenAI's APIs on the loopback address, off until switched on. */
export const gatewayContract = {
  status: route.output(gatewayStatus),
  /** Switches it on or off, moves its port, or changes the largest body; what is left out stays. It is so again at the next start. */
  configure: route
    .input(
      z.object({
        enabled: z.boolean().optional(),
        port: z.number().int().min(0).max(65_535).optional(),
        maxBodyBytes: z.number().int().min(1_024).max(1_073_741_824).optional(),
      }),
    )
    .output(gatewayStatus),
  /** A fresh key; the old one is refused from now on. */
  renewKey: route.output(gatewayStatus),
  /** Running requests, then the latest finished ones, at most 200. */
  calls: route.output(z.array(gatewayCall)),
};
