import { createORPCClient } from "@orpc/client";
import { RPCLink } from "@orpc/client/message-port";

type Route = (input: unknown) => Promise<unknown>;

const received: unknown[] = [];
let client: unknown;

globalThis.talewardClient = {
  received,
  async connect() {
    const port = await new Promise<MessagePort>((done) => {
      const listen = (event: MessageEvent): void => {
        const given = event.ports[0];
        if (event.data !== "taleward:port" || given === undefined) return;
        window.removeEventListener("message", listen);
        done(given);
      };
      window.addEventListener("message", listen);
      window.postMessage("taleward:ready", location.origin);
    });
    port.start();
    client = createORPCClient(new RPCLink({ port }));
  },
  call: async (route, input) => await find(route)(input),
  async openStream(route, input) {
    received.length = 0;
    const events = (await find(route)(input)) as AsyncIterable<unknown>; // only routes that stream are opened this way
    void (async () => {
      for await (const event of events) received.push(event);
    })().catch((error: unknown) => received.push(String(error)));
  },
};

function find(route: string): Route {
  let found = client;
  for (const name of route.split(".")) found = (found as Record<string, unknown>)[name];
  return found as Route; // the client is a proxy: every name on it is a route
}
