import { hash } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { printable } from "./http/access.ts";
import type { Fields } from "./fields.ts";

/** Names of one chat in a header, the first that is sent counts. */
const headerNames = [
  "x-taleward-session",
  "x-session-id",
  "x-openwebui-chat-id",
  "x-conversation-id",
  "x-thread-id",
  "x-litellm-session-id",
  "x-claude-code-session-id",
  "session_id",
  "conversation_id",
] as const;

/** Fields that name one chat, of a body and of its `metadata`. */
const chatFields = ["session_id", "chat_id", "conversation_id", "thread_id"] as const;
/** Fields that name a person, or what a program keeps apart in another way. */
const personFields = ["user", "safety_identifier", "prompt_cache_key"] as const;
const maxLength = 200;

/**
 * The key of the session that a call belongs to, for rollouts, which give a session one arm, and for the log. The first of these
 * that the program sends: a header (`X-Taleward-Session`, `X-Session-Id`, `X-OpenWebUI-Chat-Id`, then the others of
 * `headerNames`); the body's `conversation`, `session_id`, `chat_id`, `conversation_id` or `thread_id`, or one of these in its
 * `metadata`; then who asks: `user`, `safety_identifier`, `prompt_cache_key`, `metadata.user_id`. Null where it sends none.
 */
export function sessionKeyOf(headers: IncomingHttpHeaders, inBody: string | null): string | null {
  for (const name of headerNames) {
    const value = headers[name];
    const key = asKey(Array.isArray(value) ? value[0] : value);
    if (key !== null) return key;
  }
  return inBody;
}

/** The key that a body has, in the order of `sessionKeyOf`. What is of another type than a text is passed over. */
export function bodySessionKey(fields: Fields): string | null {
  const conversation = fields.any("conversation");
  const metadata = objectOf(fields.any("metadata"));
  const candidates = [
    typeof conversation === "string" ? conversation : objectOf(conversation)["id"],
    ...chatFields.map((name) => fields.any(name)),
    ...chatFields.map((name) => metadata[name]),
    ...personFields.map((name) => fields.any(name)),
    metadata["user_id"],
  ];
  for (const candidate of candidates) {
    const key = typeof candidate === "string" ? asKey(candidate) : null;
    if (key !== null) return key;
  }
  return null;
}

/** One line; a long one keeps its beginning and a digest of the whole, so that two of them stay two. */
function asKey(text: string | undefined): string | null {
  if (text === undefined) return null;
  const line = printable(text, Number.POSITIVE_INFINITY);
  return line === null || line.length <= maxLength
    ? line
    : `${line.slice(0, 160)} ${hash("sha256", line).slice(0, 16)}`;
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};
}
