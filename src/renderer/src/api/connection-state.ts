import { create } from "zustand";

export type ConnectionState = "connecting" | "open" | "lost" | "refused";
export type ConnectionObserver = (state: ConnectionState) => void;

/**
 * Whether the backend can be reached: `lost` once it has gone away and until it is back, `refused` while one is there that
 * does not know this browser.
 */
export const useConnection = create<{ state: ConnectionState }>(() => ({ state: "connecting" }));
