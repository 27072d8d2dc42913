import { expect, test } from "vitest";
import { ServedVersions } from "../../../src/main/gateway/served-versions.ts";
import { smollm } from "../../contract/gateway/scripted-gateway.ts";

const never = () => new Promise<never>(() => {});
const silent = new ServedVersions({
  directory: { primaryServerOf: () => null },
  servers: { show: never, running: never, unload: never },
  loader: { load: never },
  engine: { header: never, unloadEngine: never },
  health: { check: never },
});

test.each([
  ["letting go of its model", (signal: AbortSignal) => silent.setResidency(smollm, 0, signal)],
  ["describing its file", (signal: AbortSignal) => silent.describe(smollm, signal)],
])("a request that is stopped does not wait for the engine, which is long at %s", async (_what, ask) => {
  const stop = new AbortController();
  const asked = ask(stop.signal);
  stop.abort(new Error("switched off"));
  await expect(asked).rejects.toThrow("switched off");
  await expect(ask(stop.signal)).rejects.toThrow("switched off");
});
