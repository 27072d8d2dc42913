import type { ClientLink } from "@orpc/client";
import { RPCLink } from "@orpc/client/websocket";
import { pageKey } from "./page-key.ts";
import type { ConnectionObserver } from "./connection-state.ts";

const waitMs = 10_000;
const firstRetryMs = 250;
const slowestRetryMs = 4_000;
/** A backend that is just starting may take a connection and never answer it. */
const attemptMs = 6_000;

/** A link over a WebSocket that comes back by itself: calls in flight fail, new ones wait up to ten seconds for it. */
export function connectSocket(url: string, observe: ConnectionObserver): ClientLink<Record<never, never>> {
  let current = Promise.withResolvers<ClientLink<Record<never, never>>>();
  let retryMs = firstRetryMs;
  let latest: WebSocket | null = null;
  const reached = (): boolean => latest?.readyState === WebSocket.OPEN;

  const open = (): void => {
    const key = pageKey();
    const socket = key === null ? new WebSocket(url) : new WebSocket(url, [`taleward.${key}`]);
    latest = socket;
    const limit = setTimeout(() => socket.close(), attemptMs);
    let opened = false;
    socket.addEventListener("open", () => {
      clearTimeout(limit);
      opened = true;
      retryMs = firstRetryMs;
      current.resolve(link);
      observe("open");
    });
    socket.addEventListener("close", () => {
      clearTimeout(limit);
      if (opened) current = Promise.withResolvers();
      if (opened) observe("lost");
      // Reported only once it is known which, so that the words do not change with every attempt.
      else void isRefused().then((refused) => reached() || observe(refused ? "refused" : "lost"));
      setTimeout(open, retryMs);
      retryMs = Math.min(retryMs * 2, slowestRetryMs);
    });
    // Listens last: whoever hears that a call broke off can already see that the connection is lost.
    const link = new RPCLink({ websocket: socket });
  };
  open();

  return {
    async call(path, input, options) {
      const link = await within(current.promise, options.signal);
      return await link.call(path, input, options);
    },
  };
}

/** A browser hides why a socket was refused, but not why a page was; the key is asked about by what writes nothing. */
async function isRefused(): Promise<boolean> {
  try {
    const headers = { "x-taleward-page-key": pageKey() ?? "" };
    const signal = AbortSignal.timeout(attemptMs);
    return (await fetch("/session", { headers, cache: "no-store", signal })).status === 401;
  } catch {
    return false;
  }
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
