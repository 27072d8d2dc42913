import { createORPCClient } from "@orpc/client";
import type { ContractRouterClient } from "@orpc/contract";
import { createTanstackQueryUtils } from "@orpc/tanstack-query";
import type { Contract } from "../../../shared/contract/contract.ts";
import { type ConnectionObserver, useConnection } from "./connection-state.ts";
import { takePageKey } from "./page-key.ts";
import { connectPort } from "./port.ts";
import { connectSocket } from "./socket.ts";

const observe: ConnectionObserver = (state) => useConnection.setState({ state });

takePageKey();
const link =
  location.protocol === "app:"
    ? connectPort(observe)
    : connectSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/rpc`, observe);

/** The one client of the backend, whichever host serves this page. */
export const api: ContractRouterClient<Contract> = createORPCClient(link);

/** The same routes as query and mutation options for TanStack Query. */
export const queries = createTanstackQueryUtils(api);
