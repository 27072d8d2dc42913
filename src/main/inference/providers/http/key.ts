import { canBeKey } from "../../../host/endpoint-keys.ts";
import { ProviderError } from "../../provider.ts";

/** The header of a server's key; none where there is no key. Throws ProviderError where it cannot be one. */
export function bearer(key: string | null, { host }: URL): Record<string, string> {
  if (key === null) return {};
  if (canBeKey(key)) return { authorization: `Bearer ${key}` };
  throw new ProviderError(
    "not_allowed",
    `The key that is kept for ${host} has characters in it that no key has, such as a space, a line break or an ellipsis.`,
    "Save the key again for this endpoint on the Models screen.",
  );
}

/**
 * The text with every occurrence of a secret masked, for what a server sends back to us: as it is, as JSON writes it,
 * and at the end of a text that was cut in the middle of it.
 */
export function withoutSecret(text: string, secret: string | null): string {
  if (secret === null || secret === "") return text;
  const whole = text.replaceAll(secret, blot).replaceAll(JSON.stringify(secret).slice(1, -1), blot);
  const end = whole.endsWith("…") ? "…" : "";
  for (let length = secret.length - 1; length >= minSecretCharacters; length--) {
    const tail = secret.slice(0, length) + end;
    if (whole.endsWith(tail)) return whole.slice(0, -tail.length) + blot + end;
  }
  return whole;
}

/** The error, without a key that the server repeats inside its answer. */
export function withoutKey(error: unknown, key: string | null): unknown {
  if (!(error instanceof ProviderError)) return error;
  const message = withoutSecret(error.message, key);
  if (message === error.message) return error;
  const { errorClass, remedy, retryAfterMs, concerns } = error;
  return new ProviderError(errorClass, message, remedy, { retryAfterMs, concerns });
}

const blot = "[key]";
/** A shorter piece of a secret that was cut cannot be distinguished from other words. */
const minSecretCharacters = 6;
