import { ModelServers, type ModelServersPorts } from "../../src/main/inference/servers/model-servers.ts";

/** Work on servers that ask for no key, whose models no version is pinned to, and that nobody follows. */
export function modelServersAlone(ports: Partial<ModelServersPorts> = {}): ModelServers {
  return new ModelServers({
    keys: { keyOf: () => Promise.resolve(null) },
    nowMs: Date.now,
    listener: { modelsChanged: () => {} },
    pins: { pinnedVersions: () => Promise.resolve([]) },
    ...ports,
  });
}
