import type { WebhookSigning } from "./coordinator/signing.ts";
import type { Alerts } from "./coordinator/alerts.ts";
import type { ServiceCoordinator } from "./coordinator/service-coordinator.ts";
import type { Gateway } from "./gateway/gateway.ts";
import type { GuardrailsMonitor } from "./guardrails/monitor.ts";
import type { LLMClient } from "./inference/llm-client.ts";
import type { ModelCatalogue } from "./inference/local-models/model-catalogue.ts";
import type { LocalFiles } from "./inference/local-models/local-files.ts";
import type { StarterModel } from "./inference/local-models/starter/starter-model.ts";
import type { ModelServers } from "./inference/servers/model-servers.ts";
import type { UseCaseStatus } from "./inference/status.ts";
import type { HistoricalLogProcessor } from "./logs/log-processor.ts";
import type { Assignments } from "./registry/assignments.ts";
import type { RegistryDrill } from "./registry/drill.ts";
import type { DigestWatch } from "./registry/drift.ts";
import type { Endpoints } from "./registry/endpoints.ts";
import type { Judgements } from "./registry/judgements.ts";
import type { ModelRegistry } from "./registry/model-registry.ts";
import type { DeploymentManager } from "./rollouts/deployment-manager.ts";
import type { Simulator } from "./rollouts/simulator/simulator.ts";
import type { NarrativeGenerator } from "./story/narrative-generator.ts";
import type { Drafts } from "./story/drafts.ts";
import type { PassageHistory } from "./story/passage-history.ts";
import type { Stories } from "./story/stories.ts";
import type { StoryBin } from "./story/story-bin.ts";
import type { TestSuites } from "./suites/test-suites.ts";
import type { Changes } from "./wiring/changes.ts";
import type { DirectCalls } from "./wiring/adapters/direct-calls.ts";
import type { RolloutReports } from "./wiring/adapters/rollout-reports.ts";

/** What the routes call, each domain by the object that does its work. */
export interface Services {
  readonly info: AppInfo;
  readonly changes: Changes;
  readonly registry: ModelRegistry;
  readonly assignments: Pick<Assignments, "reading">;
  readonly drill: Pick<RegistryDrill, "untilMs">;
  readonly endpoints: Endpoints;
  readonly digests: DigestWatch;
  readonly judgements: Judgements;
  readonly llm: LLMClient;
  readonly directCalls: DirectCalls;
  readonly status: UseCaseStatus;
  readonly starter: StarterModel;
  readonly localFiles: LocalFiles;
  readonly catalogue: ModelCatalogue;
  readonly modelServers: ModelServers;
  readonly stories: Stories;
  readonly drafts: Drafts;
  readonly storyBin: StoryBin;
  readonly passageHistory: PassageHistory;
  readonly narrator: NarrativeGenerator;
  readonly guardrails: GuardrailsMonitor;
  readonly logs: HistoricalLogProcessor;
  readonly suites: TestSuites;
  readonly deployments: DeploymentManager;
  readonly simulator: Simulator;
  readonly reports: RolloutReports;
  readonly gateway: Gateway;
  readonly coordinator: ServiceCoordinator;
  readonly alerts: Alerts;
  readonly signing: WebhookSigning;
}

/** What this Taleward is. */
export interface AppInfo {
  readonly version: string;
  readonly host: "desktop" | "browser" | "terminal" | "test";
  readonly dataDirectory: string;
  /** Base URL of the Ollama that versions without an endpoint of their own are on. */
  readonly ollamaEndpoint: string;
}
