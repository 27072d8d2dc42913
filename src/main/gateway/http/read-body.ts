import { whole } from "../../../shared/format.ts";
import type { IncomingMessage, ServerResponse } from "node:http";
import { Refusal, switchedOff } from "./refusal.ts";

export interface BodyLimits {
  readonly maxBytes: number;
  /** How long nothing may come, in milliseconds. */
  readonly idleMs: number;
  /** How long the whole body may take, in milliseconds. */
  readonly wholeMs: number;
}

/**
 * The body as text. Throws `Refusal` when it is over its limit, declared or not, before more than that is buffered; when it comes too
 * slowly; when the program leaves in the middle; and, as switched off, when the signal aborts.
 */
export async function readBody(
  request: IncomingMessage,
  response: ServerResponse,
  limits: BodyLimits,
  signal: AbortSignal,
): Promise<string> {
  if (signal.aborted) throw switchedOff();
  const declaredBytes = Number(request.headers["content-length"] ?? 0);
  if (declaredBytes > limits.maxBytes) throw tooLarge(limits.maxBytes);
  if (request.headers.expect !== undefined) response.writeContinue();
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    let bytes = 0;
    const late = () => settle(() => reject(tooSlow()));
    const idle = setTimeout(late, limits.idleMs);
    const whole = setTimeout(late, limits.wholeMs);
    const take = (part: Buffer) => {
      idle.refresh();
      bytes += part.length;
      if (bytes > limits.maxBytes) return settle(() => reject(tooLarge(limits.maxBytes)));
      parts.push(part);
    };
    const end = () => settle(() => resolve(Buffer.concat(parts).toString("utf8")));
    const left = () => settle(() => reject(new Refusal(400, "invalid_value", "The request broke off.")));
    const stopped = () => settle(() => reject(switchedOff()));
    const settle = (act: () => void) => {
      clearTimeout(idle);
      clearTimeout(whole);
      request.off("data", take).off("end", end).off("error", left).off("close", left);
      signal.removeEventListener("abort", stopped);
      act();
    };
    request.on("data", take).on("end", end).on("error", left).on("close", left);
    signal.addEventListener("abort", stopped);
  });
}

/** The text as JSON; throws `Refusal` when it is none. */
export function parseJson(text: string): unknown {
  if (text.trim() === "") throw new Refusal(400, "invalid_json", "missing request body");
  try {
    return JSON.parse(text);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Refusal(400, "invalid_json", `The body is not JSON: ${why}`);
  }
}

function tooLarge(maxBytes: number): Refusal {
  const limit = `${whole(maxBytes)} bytes`;
  return new Refusal(
    413,
    "request_too_large",
    `The request is larger than ${limit}. Send less, or raise the limit on Taleward's Gateway screen.`,
  );
}

function tooSlow(): Refusal {
  return new Refusal(408, "request_timeout", "The request's body did not come in time. Send it without pauses.");
}
