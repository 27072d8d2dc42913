import { type ComponentType, lazy } from "react";
import { fetchPassageView } from "../features/stories/passage/lazy-passage-view.ts";
import { StoriesScreen } from "../features/stories/StoriesScreen.tsx";
import type { Screen } from "./route.ts";

interface Room {
  readonly title: string;
  readonly Room: ComponentType<{ readonly ids: readonly string[] }>;
}

const load = {
  violations: () => import("../features/violations/ViolationsScreen.tsx"),
  rollouts: () => import("../features/rollouts/RolloutsScreen.tsx"),
  models: () => import("../features/models/ModelsScreen.tsx"),
  logs: () => import("../features/logs/LogsScreen.tsx"),
  playground: () => import("../features/playground/PlaygroundScreen.tsx"),
  alerts: () => import("../features/alerts/AlertsScreen.tsx"),
  gateway: () => import("../features/gateway/GatewayScreen.tsx"),
};

/** Every screen; all but the first come in bundles of their own. */
export const rooms: Record<Screen, Room> = {
  stories: { title: "Stories", Room: StoriesScreen },
  violations: {
    title: "Violations",
    Room: lazy(async () => ({ default: (await load.violations()).ViolationsScreen })),
  },
  rollouts: { title: "Rollouts", Room: lazy(async () => ({ default: (await load.rollouts()).RolloutsScreen })) },
  models: { title: "Models", Room: lazy(async () => ({ default: (await load.models()).ModelsScreen })) },
  logs: { title: "Logs", Room: lazy(async () => ({ default: (await load.logs()).LogsScreen })) },
  playground: { title: "Playground", Room: lazy(async () => ({ default: (await load.playground()).PlaygroundRoom })) },
  alerts: { title: "Alerts", Room: lazy(async () => ({ default: (await load.alerts()).AlertsScreen })) },
  gateway: { title: "Gateway", Room: lazy(async () => ({ default: (await load.gateway()).GatewayScreen })) },
};

/** Fetches every screen ahead, so that it can also be opened while the backend is away. */
export async function fetchRooms(): Promise<void> {
  await Promise.allSettled([fetchPassageView(), ...Object.values(load).map((fetch) => fetch())]);
}
