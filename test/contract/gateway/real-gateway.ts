import type { Backend } from "../../../src/main/backend.ts";
import { startBackend } from "../../kit/backend.ts";
import { type Transport, transports } from "../../kit/transports.ts";

/** A whole backend whose gateway is on, in front of an Ollama. */
export interface RealGateway {
  readonly backend: Backend;
  readonly client: Transport["client"];
  readonly url: string;
  readonly key: string;
  close(): Promise<void>;
}

/** The use case `story_generation` and the version `smollm2@1.0`, with the alias `stable`, are the server's model. */
export async function startRealGateway(endpoint: string, serverModel = "smollm2:135m"): Promise<RealGateway> {
  const backend = await startBackend();
  const transport = await transports[0][1](backend.router);
  const close = async () => {
    await transport.close();
    await backend.close();
  };
  try {
    const { client } = transport;
    const version = await client.registry.registerModel({
      modelName: "smollm2",
      provider: "ollama",
      version: "1.0",
      useCase: "story_generation",
      configuration: { endpoint, serverModel },
    });
    await client.registry.annotate({ versionId: version.id, aliases: ["stable"] });
    const { url, key, trouble } = await client.gateway.configure({ enabled: true, port: 0 });
    if (url === null || key === null) throw new Error(trouble ?? "it did not start");
    return { backend, client, url, key, close };
  } catch (error) {
    await close();
    throw error;
  }
}
