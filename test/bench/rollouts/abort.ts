import { abortWhileAsking, type Aborted } from "../../kit/servers/abort.ts";
import { startBackend } from "../../kit/backend.ts";
import { startOllamaServer } from "../../kit/servers/ollama-server.ts";
import type { Figure } from "../figures.ts";

const aborts = 5;

/** What the candidate still got after an abort under traffic was acknowledged, by the log and by its server's own count. */
export async function abortFigures(): Promise<Figure[]> {
  let sent = 0;
  let arrived = 0;
  for (let round = 0; round < aborts; round += 1) {
    const aborted = await abortOnce();
    sent += aborted.sent.length;
    arrived += aborted.arrived;
  }
  const group = `${aborts} aborts under traffic, after the acknowledgement`;
  return [
    { group, metric: "candidate requests sent", value: sent, unit: "requests", target: 0 },
    { group, metric: "candidate requests that arrived", value: arrived, unit: "requests", target: 0 },
  ];
}

async function abortOnce(): Promise<Aborted> {
  const server = await startOllamaServer({ models: [{ name: "plain" }, { name: "poet" }] });
  const backend = await startBackend();
  try {
    return await abortWhileAsking(backend, server);
  } finally {
    await backend.close();
    await server.close();
  }
}
