import { once } from "node:events";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import type { Script } from "./ollama-scripts.ts";
import { startOllamaServer } from "./ollama-server.ts";

/** The scripted server on a thread of its own, so that its work is not in the figures of who calls it. */
export interface ThreadedServer {
  readonly url: string;
  use(script: Script): Promise<void>;
  close(): Promise<void>;
}

/** On any free port where `port` is 0. */
export async function startOllamaServerThread(script: Script, port = 0): Promise<ThreadedServer> {
  const worker = new Worker(new URL(import.meta.url), { workerData: { port } });
  const ask = async (message: Script | "close"): Promise<unknown> => {
    worker.postMessage(message);
    const [said] = await once(worker, "message");
    return said;
  };
  const url = String(await ask(script));
  return {
    url,
    use: async (next) => void (await ask(next)),
    close: async () => {
      await ask("close");
      await worker.terminate();
    },
  };
}

if (!isMainThread && parentPort) {
  const port = parentPort;
  const server = await startOllamaServer(workerData as { port: number }); // set above
  const handleCommand = async (message: Script | "close"): Promise<void> => {
    if (message === "close") await server.close();
    else server.use(message);
    port.postMessage(server.url);
  };
  port.on("message", (message: Script | "close") => void handleCommand(message));
}
