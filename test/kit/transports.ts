import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { MessageChannel } from "node:worker_threads";
import { createORPCClient } from "@orpc/client";
import { RPCLink as PortLink } from "@orpc/client/message-port";
import { RPCLink as SocketLink } from "@orpc/client/websocket";
import type { ContractRouterClient } from "@orpc/contract";
import { RPCHandler as PortHandler } from "@orpc/server/message-port";
import { RPCHandler as SocketHandler } from "@orpc/server/ws";
import { WebSocket, WebSocketServer } from "ws";
import type { Router } from "../../src/main/rpc/router.ts";
import type { Contract } from "../../src/shared/contract/contract.ts";
import { runsAll } from "./tier.ts";

export type Client = ContractRouterClient<Contract>;

export interface Transport {
  readonly client: Client;
  close(): Promise<void>;
}

/** The app's way: a message port. */
async function overPort(router: Router): Promise<Transport> {
  const { port1, port2 } = new MessageChannel();
  new PortHandler(router).upgrade(port1);
  port1.start();
  port2.start();
  const client: Client = createORPCClient(new PortLink({ port: port2 }));
  return {
    client,
    close: async () => {
      port2.close();
      port1.close();
    },
  };
}

/** The browser's way: a WebSocket. */
async function overSocket(router: Router): Promise<Transport> {
  const server = createServer();
  const sockets = new WebSocketServer({ server });
  const handler = new SocketHandler(router);
  sockets.on("connection", (socket) => void handler.upgrade(socket));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const socket = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`); // listening on TCP
  await new Promise<void>((resolve, reject) => {
    socket.once("open", resolve);
    socket.once("error", reject);
  });
  const client: Client = createORPCClient(new SocketLink({ websocket: socket as unknown as globalThis.WebSocket })); // ws has the members that are used
  return {
    client,
    close: async () => {
      socket.terminate();
      sockets.close();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

type NamedTransport = readonly [name: string, open: (router: Router) => Promise<Transport>];

/** Both ways, for what proves that they are alike. */
export const bothTransports: readonly [NamedTransport, NamedTransport] = [
  ["message port", overPort],
  ["websocket", overSocket],
];

/**
 * What a contract test runs on: the app's way in `npm test`, both ways in `npm run test:all`. That the ways are alike is proved
 * in each by `test/contract/transports.test.ts`.
 */
export const transports: readonly [NamedTransport, ...NamedTransport[]] = runsAll
  ? bothTransports
  : [bothTransports[0]];
