import type { ClientLink } from "@orpc/client";
import { RPCLink } from "@orpc/client/message-port";
import type { ConnectionObserver } from "./connection-state.ts";

/** A link over the one MessagePort the preload forwards. Listens before it asks, so that the answer is never missed. */
export function connectPort(observe: ConnectionObserver): ClientLink<Record<never, never>> {
  const link = new Promise<ClientLink<Record<never, never>>>((resolve) => {
    const listen = (event: MessageEvent): void => {
      const [port] = event.ports;
      if (event.source !== window || event.data !== "taleward:port" || !port) return;
      window.removeEventListener("message", listen);
      port.addEventListener("close", () => observe("lost"));
      // Listens after us: whoever hears that a call broke off can already see that the connection is lost.
      resolve(new RPCLink({ port }));
      port.start();
      observe("open");
    };
    window.addEventListener("message", listen);
    window.postMessage("taleward:ready", location.origin);
  });
  return {
    async call(path, input, options) {
      return await (await link).call(path, input, options);
    },
  };
}
