import type { Services } from "../backend.ts";
import { base } from "./base.ts";

export function registryRoutes({ registry, endpoints }: Services) {
  const by = "the person at this desk";
  return {
    versions: base.registry.versions.handler(() => registry.versions()),
    useCases: base.registry.useCases.handler(() => registry.useCases()),
    addUseCase: base.registry.addUseCase.handler(({ input }) => registry.addUseCase(input)),
    registerModel: base.registry.registerModel.handler(({ input }) => registry.registerModel(input, by)),
    assign: base.registry.assign.handler(({ input }) => registry.assign(input, by)),
    history: base.registry.history.handler(({ input }) => registry.history(input.useCase)),
    endpoints: base.registry.endpoints.handler(({ input, signal }) => endpoints.check(input.endpoint, signal)),
  };
}
