import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { setImmediate as nextTurn, setTimeout as pause } from "node:timers/promises";
import type { Script, Step } from "./ollama-scripts.ts";

/** How a call ended: answered by the script, `left` by the client before that, or `broken` by the script itself. */
export type Outcome = "answered" | "left" | "broken";

/** One call while its script is played. */
export interface Playing {
  /** Aborted once the client has left. */
  readonly left: AbortSignal;
  readonly end: (outcome: Outcome) => void;
}

/** A step that says nothing in an API's own terms. */
type Act = Exclude<Step, { do: "text" | "thought" | "tools" | "done" }>;

/** Does one step on the wire; `over` when nothing of the script comes after it. */
export async function act(
  step: Act,
  script: Script,
  response: ServerResponse,
  playing: Playing,
): Promise<"goes on" | "over"> {
  switch (step.do) {
    case "bytes":
      await write(step.bytes, script, response, playing);
      return "goes on";
    case "socket":
      response.socket?.write(step.bytes);
      return "goes on";
    case "wait":
      await wait(step.ms, playing.left);
      return "goes on";
    case "hold":
      playing.left.throwIfAborted();
      await Promise.race([step.until, once(playing.left, "abort")]);
      playing.left.throwIfAborted();
      return "goes on";
    case "stall":
      playing.left.throwIfAborted();
      await once(playing.left, "abort");
      return "over";
    case "hangUp":
      playing.end("broken");
      // The bytes written so far leave first; then the connection ends without the answer's last chunk.
      response.socket?.end();
      return "over";
    case "reset":
      playing.end("broken");
      // A reset throws away what the other side has not read yet.
      await wait(30, playing.left);
      response.socket?.resetAndDestroy();
      return "over";
  }
}

/** Writes, cut as the script wants it, each piece on its own turn of the loop so that it is a packet of its own. */
export async function write(
  bytes: string | Uint8Array,
  script: Script,
  response: ServerResponse,
  { left }: Pick<Playing, "left">,
): Promise<void> {
  left.throwIfAborted();
  const buffer = Buffer.from(bytes);
  if (buffer.length === 0) return response.flushHeaders();
  const size = script.cutBytes ?? buffer.length;
  for (let start = 0; start < buffer.length; start += size) {
    const hasContext = response.write(buffer.subarray(start, start + size));
    if (!hasContext) await Promise.race([once(response, "drain"), once(left, "abort")]);
    left.throwIfAborted();
    if (script.cutBytes !== undefined) await nextTurn();
  }
}

export function wait(ms: number, left: AbortSignal): Promise<void> {
  return pause(ms, undefined, { signal: left });
}
