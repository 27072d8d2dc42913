import { extname } from "node:path";
import { systemClock } from "../base/clock.ts";
import type { AlertSink } from "../coordinator/alert-sink.ts";
import type { LLMClient } from "../inference/llm-client.ts";
import type { ModelFiles } from "../inference/local-models/model-files.ts";
import type { Addresses } from "../registry/addresses.ts";
import type { UpdateBroadcaster } from "../registry/registry-updates.ts";
import { DeploymentManager } from "../rollouts/deployment-manager.ts";
import { Simulator } from "../rollouts/simulator/simulator.ts";
import type { TestSuites } from "../suites/test-suites.ts";
import type { Foundation } from "./foundation.ts";
import type { Providers } from "./providers.ts";
import type { Registry } from "./registry.ts";
import { RolloutAlerts } from "./adapters/rollout-alerts.ts";
import { AddressTraffic, ServerOrFileCheck, SuiteGates } from "./adapters/rollout-ports.ts";
import { RolloutReports } from "./adapters/rollout-reports.ts";
import { LoggedWarmUpCalls } from "./adapters/warm-up-calls.ts";
import { EveryServerLoader } from "./adapters/version-loaders.ts";

export interface DeploymentParts {
  readonly registry: Registry;
  readonly addresses: Addresses;
  readonly files: ModelFiles;
  readonly providers: Providers;
  readonly llm: LLMClient;
  readonly suites: TestSuites;
  readonly alerts: AlertSink;
  readonly broadcaster: UpdateBroadcaster;
  /** The file of the database's threads, which the simulations' lies beside. */
  readonly databaseWorker: URL;
}

/** The rollouts, over the services that know versions, servers, files and suites; their simulations and reports. */
export function createDeployments({ database, changes, nowMs, work }: Foundation, parts: DeploymentParts) {
  const { addresses, files, providers, llm, suites, alerts, broadcaster } = parts;
  const { registry, endpoints, updates } = parts.registry;
  const deployments = new DeploymentManager({
    database,
    versions: registry,
    reach: new ServerOrFileCheck(endpoints, files),
    loader: new EveryServerLoader(providers, addresses),
    warmUpCalls: new LoggedWarmUpCalls(llm),
    suites: new SuiteGates(suites),
    traffic: new AddressTraffic(llm, addresses),
    handover: updates,
    listener: new RolloutAlerts({ alerts, changes, broadcaster }),
    clock: systemClock,
    nowMs,
  });
  return {
    deployments,
    simulator: new Simulator(simulationWorker(parts.databaseWorker), work, database, nowMs),
    reports: new RolloutReports({ database, deployments, versions: registry }),
  };
}

/** Built or run from source, it lies beside the database's. */
function simulationWorker(databaseWorker: URL): URL {
  return new URL(`../rollouts/simulator/simulation-worker${extname(databaseWorker.pathname)}`, databaseWorker);
}
