import { expect, test } from "vitest";
import { behindVersions, type ModelServersPorts } from "../../../src/main/gateway/model-servers.ts";
import { smollm } from "../../contract/gateway/scripted-gateway.ts";

const never = () => new Promise<never>(() => {});
const silent: ModelServersPorts = {
  serverOf: () => null,
  servers: { show: never, running: never, unload: never },
  load: never,
  loaded: () => {},
  inspectFile: never,
  unloadEngine: never,
};

test.each([
  ["letting go of its model", (signal: AbortSignal) => behindVersions(silent).setResidency(smollm, 0, signal)],
  ["describing its file", (signal: AbortSignal) => behindVersions(silent).describe(smollm, signal)],
])("a request that is stopped does not wait for the engine, which is long at %s", async (_what, ask) => {
  const stop = new AbortController();
  const asked = ask(stop.signal);
  stop.abort(new Error("switched off"));
  await expect(asked).rejects.toThrow("switched off");
  await expect(ask(stop.signal)).rejects.toThrow("switched off");
});
