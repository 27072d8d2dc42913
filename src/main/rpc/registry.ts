import { person } from "../../shared/contract/actor.ts";
import type { Services } from "../services.ts";
import { base } from "./base.ts";

export function registryRoutes({ registry, assignments, drill, endpoints, digests, judgements }: Services) {
  const never = new AbortController().signal;
  const done = async (work: Promise<void>) => {
    await work;
    return {};
  };
  return {
    versions: base.registry.versions.handler(({ input }) => registry.versions(input)),
    version: base.registry.version.handler(({ input }) => registry.version(input.versionId)),
    find: base.registry.find.handler(({ input }) => registry.find(input.name)),
    performance: base.registry.performance.handler(({ input }) => registry.performance(input)),
    pinning: base.registry.pinning.handler(({ input, signal }) => digests.pinning(input.versionId, signal ?? never)),
    calls: base.registry.calls.handler(({ input }) => registry.calls(input)),
    judgements: base.registry.judgements.handler(({ input }) => judgements.of(input)),
    reading: base.registry.reading.handler(() => ({ ...assignments.reading, drillUntilMs: drill.untilMs })),
    useCases: base.registry.useCases.handler(() => registry.useCases()),
    addUseCase: base.registry.addUseCase.handler(({ input }) => registry.addUseCase(input)),
    removeUseCase: base.registry.removeUseCase.handler(({ input }) => done(registry.removeUseCase(input.useCase))),
    registerModel: base.registry.registerModel.handler(({ input, signal }) =>
      registry.registerModel(input, person, signal),
    ),
    annotate: base.registry.annotate.handler(({ input }) => registry.annotate(input)),
    setStatus: base.registry.setStatus.handler(({ input }) => registry.setStatus(input)),
    removeVersion: base.registry.removeVersion.handler(({ input }) => done(registry.removeVersion(input.versionId))),
    assign: base.registry.assign.handler(({ input }) => registry.assign(input, person)),
    undoAssignment: base.registry.undoAssignment.handler(({ input }) => registry.undoAssignment(input, person)),
    history: base.registry.history.handler(({ input }) => registry.history(input.useCase)),
    timeline: base.registry.timeline.handler(({ input }) => registry.timeline(input)),
    drifts: base.registry.drifts.handler(() => registry.drifts()),
    checkDrift: base.registry.checkDrift.handler(({ signal }) => digests.check(signal ?? never)),
    acceptDrift: base.registry.acceptDrift.handler(({ input }) => registry.acceptDrift(input, person)),
    exportRegistry: base.registry.exportRegistry.handler(() => registry.exportRegistry()),
    importRegistry: base.registry.importRegistry.handler(({ input }) => registry.importRegistry(input.document)),
    endpoints: base.registry.endpoints.handler(({ input, signal }) => endpoints.check(input, signal)),
    saveEndpoint: base.registry.saveEndpoint.handler(({ input, signal }) => endpoints.save(input, signal)),
    removeEndpoint: base.registry.removeEndpoint.handler(({ input }) => done(endpoints.remove(input.endpoint))),
    keyStorage: base.registry.keyStorage.handler(() => endpoints.keyStorage),
  };
}
