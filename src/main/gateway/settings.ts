import { z } from "zod";

/** In an answer it has to be told apart from what the model wrote. */
const defaultHeldSentence = "[Taleward: {reason}] {fallback}";

/** What is kept of the gateway between starts; its key is kept apart, as a secret. */
const gatewaySettings = z.object({
  enabled: z.boolean().default(false),
  port: z.number().int().min(0).max(65_535).default(11_500),
  maxBodyBytes: z.number().int().min(1_024).max(1_073_741_824).default(33_554_432),
  managesModels: z.boolean().default(false),
  heldSentence: z.string().default(defaultHeldSentence),
});
export type GatewaySettings = z.infer<typeof gatewaySettings>;

/** The settings as they were kept; what cannot be read is as if it had never been kept, which is off. */
export function parseSettings(kept: string | null): GatewaySettings {
  const off = gatewaySettings.parse({});
  if (kept === null) return off;
  try {
    const parsed = gatewaySettings.safeParse(JSON.parse(kept));
    return parsed.success ? parsed.data : off;
  } catch {
    return off;
  }
}
