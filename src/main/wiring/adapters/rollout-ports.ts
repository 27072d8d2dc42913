import type { SuiteId, VersionId } from "../../../shared/contract/ids.ts";
import type { ModelVersion } from "../../../shared/contract/registry.ts";
import type { LLMClient } from "../../inference/llm-client.ts";
import type { ModelFiles } from "../../inference/local-models/model-files.ts";
import type { Addresses } from "../../registry/addresses.ts";
import type { Endpoints } from "../../registry/endpoints.ts";
import type { GateSuites, ReachabilityCheck, VersionTraffic } from "../../rollouts/ports.ts";
import { casesPassed, lastOf } from "../../suites/cases-passed.ts";
import type { TestSuites } from "../../suites/test-suites.ts";

/** Looks for a version's server, or for its file. */
export class ServerOrFileCheck implements ReachabilityCheck {
  readonly #endpoints: Endpoints;
  readonly #files: ModelFiles;

  constructor(endpoints: Endpoints, files: ModelFiles) {
    this.#endpoints = endpoints;
    this.#files = files;
  }

  async unreachable(version: ModelVersion): Promise<string | null> {
    if (version.provider !== "embedded") return (await this.#endpoints.healthOf(version))?.lastError ?? null;
    try {
      this.#files.resolve(version.configuration);
      return null;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }
}

/** Runs a whole test suite on one version, and counts what passed. */
export class SuiteGates implements GateSuites {
  readonly #suites: TestSuites;

  constructor(suites: TestSuites) {
    this.#suites = suites;
  }

  async runSuite({ suiteId, versionId }: { suiteId: SuiteId; versionId: VersionId }, signal: AbortSignal) {
    return casesPassed(await lastOf(this.#suites.run({ suiteId, versionIds: [versionId] }, signal)));
  }

  async countCases(suiteId: SuiteId): Promise<number> {
    return (await this.#suites.cases({ suiteId })).length;
  }
}

/** The calls at all addresses of a version together. */
export class AddressTraffic implements VersionTraffic {
  readonly #llm: LLMClient;
  readonly #addresses: Addresses;

  constructor(llm: LLMClient, addresses: Addresses) {
    this.#llm = llm;
    this.#addresses = addresses;
  }

  loadOf(version: ModelVersion) {
    return this.#llm.loadOf(this.#addresses.of(version));
  }
}
