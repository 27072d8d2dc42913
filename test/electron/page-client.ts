import { resolve } from "node:path";
import type { Page } from "@playwright/test";
import { build } from "vite";

/**
 * A second client in the page, over a port of its own: what a spec uses to speak to the backend as any page of ours could.
 * Playwright evaluates it past the page's content security policy.
 */
export async function connectClient(page: Page): Promise<PageClient> {
  // The workbench must have its own port first: while it listens it would take this one for its own.
  await page.locator("[data-ready=true]").waitFor({ state: "attached" });
  await page.evaluate(await clientSource());
  await page.evaluate("globalThis.talewardClient.connect()");
  return {
    call: async (route, input) =>
      await page.evaluate(([name, value]) => globalThis.talewardClient.call(name, value), [route, input] as const),
    openStream: async (route, input) =>
      await page.evaluate(([name, value]) => globalThis.talewardClient.openStream(name, value), [
        route,
        input,
      ] as const),
    received: async () => await page.evaluate(() => globalThis.talewardClient.received),
  };
}

export interface PageClient {
  /** Calls a route by its dotted name. */
  call(route: string, input?: unknown): Promise<unknown>;
  /** Starts a stream; what comes of it, and no longer what came before, is kept in `received`. */
  openStream(route: string, input?: unknown): Promise<void>;
  received(): Promise<readonly unknown[]>;
}

declare global {
  var talewardClient: {
    connect(): Promise<void>;
    call(route: string, input: unknown): Promise<unknown>;
    openStream(route: string, input: unknown): Promise<void>;
    readonly received: unknown[];
  };
}

let source: Promise<string> | undefined;

function clientSource(): Promise<string> {
  source ??= bundle();
  return source;
}

async function bundle(): Promise<string> {
  const result = await build({
    configFile: false,
    logLevel: "error",
    build: {
      write: false,
      lib: { entry: resolve(import.meta.dirname, "page-client.entry.ts"), formats: ["iife"], name: "talewardBundle" },
    },
  });
  const output = Array.isArray(result) ? result[0] : result;
  if (output === undefined || !("output" in output)) throw new Error("the client was not bundled");
  return output.output[0].code;
}
