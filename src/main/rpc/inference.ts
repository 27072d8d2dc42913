import type { Services } from "../backend.ts";
import { base } from "./base.ts";

export function inferenceRoutes({ generate, status, starter }: Services) {
  return {
    generate: base.inference.generate.handler(({ input, signal }) => generate(input, signal)),
    status: base.inference.status.handler(({ input }) => status.of(input.useCase)),
    starter: base.inference.starter.handler(() => starter.status()),
    installStarter: base.inference.installStarter.handler(({ signal }) => starter.install(signal)),
  };
}
