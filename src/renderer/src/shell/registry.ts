import { type ComponentType, lazy } from "react";
import type { Action } from "./actions/actions.ts";
import { type ScreenName, screenNames } from "./route.ts";

/** What a feature adds to the frame. The frame imports no feature: `app/compose.ts` registers them all before it is shown. */
export interface Feature {
  /** In the top bar of every screen. */
  readonly TopBarItem?: ComponentType;
  /** In the status bar of every screen; a `StatusLink`, or nothing as long as there is nothing to show. */
  readonly StatusItem?: ComponentType;
  /** In the command palette of every screen. */
  readonly actions?: readonly Action[];
  /** What else the command palette finds by name, read each time it is opened. */
  readonly findable?: () => Promise<readonly Action[]>;
  /** Fetches the feature's own bundles ahead, so that it can also be opened while the backend is away. */
  readonly preload?: () => Promise<unknown>;
}

export interface ScreenProps {
  /** The parts of the address after the screen's name. */
  readonly ids: readonly string[];
}

/** A feature with a screen of its own, and so with a link in the rail. */
export interface ScreenFeature extends Feature {
  readonly title: string;
  /** Of its shortcut, as `alt+1`. */
  readonly keys: string;
  readonly Icon: ComponentType<{ readonly size: number; readonly stroke: number; readonly "aria-hidden": true }>;
  readonly Screen: ComponentType<ScreenProps>;
}

let registered: { readonly screens: Readonly<Record<ScreenName, ScreenFeature>>; readonly all: readonly Feature[] };

/** Takes every screen and the features without one. Called once, before the frame is rendered. */
export function registerFeatures(
  screens: Readonly<Record<ScreenName, ScreenFeature>>,
  others: readonly Feature[] = [],
): void {
  registered = { screens, all: [...screenNames.map((name) => screens[name]), ...others] };
}

export function screenFeature(name: ScreenName): ScreenFeature {
  return registered.screens[name];
}

/** Every feature, those with a screen first, in the rail's order. */
export function allFeatures(): readonly Feature[] {
  return registered.all;
}

/** Fetches every feature's bundles; one that cannot be fetched now is fetched when it is opened. */
export async function preloadFeatures(): Promise<void> {
  await Promise.allSettled(registered.all.map(async ({ preload }) => await preload?.()));
}

/**
 * A screen in a bundle of its own.
 *
 * @example lazyScreen(async () => (await import("./LogsScreen.tsx")).LogsScreen)
 */
export function lazyScreen(load: () => Promise<ComponentType<ScreenProps>>): Pick<ScreenFeature, "Screen" | "preload"> {
  return { Screen: lazy(async () => ({ default: await load() })), preload: load };
}
