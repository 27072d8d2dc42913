import { createORPCClient } from "@orpc/client";
import type { ContractRouterClient } from "@orpc/contract";
import { createTanstackQueryUtils } from "@orpc/tanstack-query";
import { create } from "zustand";
import type { Contract } from "../../../shared/contract/contract.ts";
import { connectPort } from "./port.ts";
import { connectSocket } from "./socket.ts";

export type ConnectionState = "connecting" | "open" | "lost" | "refused";
export type ConnectionObserver = (state: ConnectionState) => void;

/**
 * Whether the backend can be reached: `lost` once it has gone away and until it is back, `refused` while one is there that
 * does not know this browser.
 */
export const useConnection = create<{ state: ConnectionState }>(() => ({ state: "connecting" }));

const observe: ConnectionObserver = (state) => useConnection.setState({ state });

const link =
  location.protocol === "app:"
    ? connectPort(observe)
    : connectSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/rpc`, observe);

/** The one client of the backend, whichever host serves this page. */
export const api: ContractRouterClient<Contract> = createORPCClient(link);

/** The same routes as query and mutation options for TanStack Query. */
export const queries = createTanstackQueryUtils(api);
