/** Nothing listens on that port. */
export function isRefusal(cause: unknown): boolean {
  return codeOf(cause) === "ECONNREFUSED";
}

/** The machine did not take the connection in time. */
export function isConnectTimeout(cause: unknown): boolean {
  return codeOf(cause) === "UND_ERR_CONNECT_TIMEOUT" || codeOf(cause) === "ETIMEDOUT";
}

/** The name has no address, or none could be looked up. */
export function isUnknownName(cause: unknown): boolean {
  return codeOf(cause) === "ENOTFOUND" || codeOf(cause) === "EAI_AGAIN";
}

/** What answered does not speak HTTP. */
export function isNotHttp(cause: unknown): boolean {
  return cause instanceof Error && cause.name === "HTTPParserError";
}

/** Why there was no connection, in words. */
export function reasonOf(cause: unknown): string {
  if (isUnknownName(cause)) return "the name has no address";
  const code = codeOf(cause);
  if (code === "EHOSTUNREACH" || code === "ENETUNREACH") return "there is no way to that machine";
  return cause instanceof Error ? cause.message : String(cause);
}

function codeOf(cause: unknown): string {
  return cause instanceof Error && "code" in cause && typeof cause.code === "string" ? cause.code : "";
}
