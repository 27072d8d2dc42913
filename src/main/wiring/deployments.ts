import { systemClock } from "../base/clock.ts";
import type { ModelVersion } from "../../shared/contract/registry.ts";
import type { DatabasePool } from "../db/pool.ts";
import type { LLMClient } from "../inference/llm-client.ts";
import { loadVersion } from "../inference/load-version.ts";
import type { ModelFiles } from "../inference/local-models/model-files.ts";
import type { Endpoints } from "../registry/endpoints.ts";
import type { ModelRegistry } from "../registry/model-registry.ts";
import type { RegistryUpdates } from "../registry/registry-updates.ts";
import { casesPassed, lastOf } from "../suites/cases-passed.ts";
import type { TestSuites } from "../suites/test-suites.ts";
import { DeploymentManager, type DeploymentManagerPorts } from "../rollouts/deployment-manager.ts";

export interface DeploymentsPorts {
  readonly database: DatabasePool;
  readonly registry: ModelRegistry;
  readonly endpoints: Endpoints;
  readonly files: ModelFiles;
  readonly providers: Parameters<typeof loadVersion>[0];
  readonly llm: LLMClient;
  readonly suites: TestSuites;
  readonly updates: RegistryUpdates;
  readonly happened: DeploymentManagerPorts["happened"];
  readonly nowMs: () => number;
}

/** A deployment manager over the services that know versions, servers, files and suites. */
export function createDeployments(needs: DeploymentsPorts): DeploymentManager {
  const { database, registry, endpoints, files, providers, llm, suites, updates, happened, nowMs } = needs;
  const addressesOf = (version: ModelVersion) => endpoints.addressesOf(version);
  return new DeploymentManager({
    database,
    version: (versionId) => registry.version(versionId),
    unreachable: async (version) => {
      if (version.provider !== "embedded") return (await endpoints.healthOf(version))?.lastError ?? null;
      try {
        files.resolve(version.configuration);
        return null;
      } catch (error) {
        return error instanceof Error ? error.message : String(error);
      }
    },
    load: (version, signal) => loadVersion(providers, version, addressesOf(version), signal),
    runSuite: async ({ suiteId, versionId }, signal) =>
      casesPassed(await lastOf(suites.run({ suiteId, versionIds: [versionId] }, signal))),
    suiteCases: async (suiteId) => (await suites.cases({ suiteId })).length,
    loadOf: (version) => llm.loadOf(addressesOf(version)),
    assignmentChanged: (useCase, versionId) => updates.assignmentChanged(useCase, versionId),
    happened,
    clock: systemClock,
    nowMs,
  });
}
