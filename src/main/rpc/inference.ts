import type { Services } from "../services.ts";
import { base } from "./base.ts";

export function inferenceRoutes({ directCalls, llm, status, starter }: Services) {
  return {
    generate: base.inference.generate.handler(({ input, signal }) => directCalls.generate(input, signal)),
    chat: base.inference.chat.handler(({ input, signal }) => directCalls.chat(input, signal)),
    embed: base.inference.embed.handler(({ input, signal }) => directCalls.embed(input, signal)),
    load: base.inference.load.handler(() => llm.load()),
    status: base.inference.status.handler(({ input }) => status.of(input.useCase)),
    starter: base.inference.starter.handler(() => starter.status()),
    installStarter: base.inference.installStarter.handler(({ signal }) => starter.install(signal)),
  };
}
