import type { ClientLink } from "@orpc/client";
import { RPCLink } from "@orpc/client/websocket";
import type { ConnectionObserver } from "./connection.ts";

const waitMs = 10_000;
const firstRetryMs = 250;
const slowestRetryMs = 4_000;

/** A link over a WebSocket that comes back by itself: calls under way fail, new ones wait up to ten seconds for it. */
export function connectSocket(url: string, observe: ConnectionObserver): ClientLink<Record<never, never>> {
  let current = Promise.withResolvers<ClientLink<Record<never, never>>>();
  let retryMs = firstRetryMs;

  const open = (): void => {
    const socket = new WebSocket(url);
    const link = new RPCLink({ websocket: socket });
    let opened = false;
    socket.addEventListener("open", () => {
      opened = true;
      retryMs = firstRetryMs;
      current.resolve(link);
      observe("open");
    });
    socket.addEventListener("close", () => {
      if (opened) current = Promise.withResolvers();
      observe("lost");
      setTimeout(open, retryMs);
      retryMs = Math.min(retryMs * 2, slowestRetryMs);
    });
  };
  open();

  return {
    async call(path, input, options) {
      const link = await within(current.promise, options.signal);
      return await link.call(path, input, options);
    },
  };
}

async function within<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  const limit = Promise.withResolvers<never>();
  const timer = setTimeout(() => limit.reject(new Error("Taleward's backend does not answer.")), waitMs);
  const abort = (): void => limit.reject(signal?.reason);
  signal?.addEventListener("abort", abort, { once: true });
  try {
    return await Promise.race([promise, limit.promise]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
  }
}
