import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import { Agent } from "undici";
import type { StreamGate } from "../../src/main/guardrails/checking/gate.ts";
import { createStreamGate } from "../../src/main/guardrails/checking/stream-gate.ts";
import type { TextCall } from "../../src/main/inference/call/call-types.ts";
import { createOllamaProvider } from "../../src/main/inference/providers/ollama/ollama-provider.ts";
import { startBackend } from "../kit/backend.ts";
import { assignOllama } from "../kit/narrative.ts";
import { startCallerThread } from "../kit/servers/http-caller-thread.ts";
import { startOllamaServerThread } from "../kit/servers/ollama-server-thread.ts";
import { fast, streamText } from "../kit/servers/ollama-scripts.ts";
import { transports } from "../kit/transports.ts";
import { percentile, report } from "./figures.ts";
import { comparedWith } from "./overhead/peer.ts";

/**
 * What selecting, routing and logging add to a call: the same stand-in server, on a thread of its own, asked directly (the
 * bare provider) and through LLMClient, alternating in one run. Both read the text through the guardrails' gate, which has
 * a budget of its own; what the gate adds is printed beside. A figure of what is added is the difference of two percentiles.
 * Beside them stands what no logged call can do without, whatever is built around it: a message to the writing thread and one
 * back, here with a thread that does nothing, beside the writing itself. Figures are printed in multiples of it too, and the
 * gateway's in multiples of a bare hop, since a loaded machine slows both. `--peer URL` measures another gateway of OpenAI's
 * API beside ours, in front of the same server, which `--server-port` puts at a known address.
 */
const rounds = 2_000;
const warmUp = 300;
const concurrent = 64;
/** The absolute target of a call holds on a machine whose threads answer each other within this. */
const quietRoundTripMs = 0.1;
/** Of each of the 64: three thousand tokens a second in all, more than a desk ever sees. */
const tokenEveryMs = 20;

const answer =
  "The lamp went out at dusk. Mara climbed the stairs with the map under her coat. The sea was quiet below.";
const { values: options } = parseArgs({
  options: {
    peer: { type: "string" },
    "peer-key": { type: "string" },
    "server-port": { type: "string" },
    json: { type: "boolean" },
  },
});
const server = await startOllamaServerThread(fast(60), Number(options["server-port"] ?? 0));
const backend = await startBackend();
const { client, close } = await transports[0][1](backend.router);
await assignOllama(client, server.url);
const provider = createOllamaProvider({ defaultEndpoint: server.url });
const { llm } = backend.services;

const echo = new Worker(
  'const { parentPort } = require("node:worker_threads"); parentPort.on("message", (message) => parentPort.postMessage(message));',
  { eval: true },
);

const bare: number[] = [];
const direct: number[] = [];
const full: number[] = [];
const echoed: number[] = [];
for (let round = -warmUp; round < rounds; round += 1) {
  const ways = [
    async () => bare.push((await viaProvider(null)).totalMs),
    async () => direct.push((await viaProvider(createStreamGate())).totalMs),
    async () => full.push((await viaClient()).totalMs),
    async () => echoed.push(await toAThreadAndBack()),
  ];
  for (let way = 0; way < ways.length; way += 1) await ways[(way + round + warmUp) % ways.length]?.();
  if (round === -1) for (const values of [bare, direct, full, echoed]) values.length = 0;
}

// Streaming, with time between the tokens as a model would: what the first sentence waits for, and 64 callers at once.
await server.use(streamText(answer, { everyMs: tokenEveryMs }));
const directFirst: number[] = [];
const fullFirst: number[] = [];
for (let round = 0; round < 60; round += 1) {
  directFirst.push((await viaProvider(createStreamGate())).firstMs);
  fullFirst.push((await viaClient()).firstMs);
}
const directMany: number[] = [];
const fullMany: number[] = [];
for (let round = 0; round < 6; round += 1) {
  await together(async () => directMany.push((await viaProvider(createStreamGate())).totalMs), round === 0);
  await together(async () => fullMany.push((await viaClient()).totalMs), round === 0);
  if (round === 0) for (const values of [directMany, fullMany]) values.length = 0;
}

// The gateway, called by another program: the same body to the server itself and to the gateway, alternating.
await server.use(fast(60));
const { url, key } = await backend.services.gateway.configure({ enabled: true, port: 0 });
if (url === null || key === null) throw new Error("the gateway does not listen");
const caller = startCallerThread();
const toServer = {
  url: `${server.url}/api/chat`,
  headers: { "content-type": "application/json" },
  body: JSON.stringify({ model: "smollm2:135m", messages: [{ role: "user", content: "Begin" }] }),
};
const toGateway = {
  url: `${url}/api/chat`,
  headers: { "content-type": "application/json", authorization: `Bearer ${key}` },
  body: JSON.stringify({ model: "story_generation", messages: [{ role: "user", content: "Begin" }] }),
};
const [named] = (await client.registry.versions({ limit: 1 })).items;
if (!named) throw new Error("a version is registered");
const byVersion = { model: `${named.model}@${named.version}`, messages: [{ role: "user", content: "Begin" }] };
const toVersion = { ...toGateway, body: JSON.stringify(byVersion) };
const hop = await startHop();
const toHop = { ...toServer, url: `${hop.url}/api/chat` };
const httpDirect: number[] = [];
const httpHop: number[] = [];
const httpGateway: number[] = [];
const httpVersion: number[] = [];
for (let round = 0; round < 22; round += 1) {
  const one = { callers: 1, callsEach: 60 };
  httpDirect.push(...(await caller.call({ ...toServer, ...one })));
  httpGateway.push(...(await caller.call({ ...toGateway, ...one })));
  httpVersion.push(...(await caller.call({ ...toVersion, ...one })));
  httpHop.push(...(await caller.call({ ...toHop, ...one })));
  if (round === 1) for (const values of [httpDirect, httpGateway, httpVersion, httpHop]) values.length = 0;
}
await server.use(streamText(answer, { everyMs: tokenEveryMs }));
const httpDirectMany: number[] = [];
const httpGatewayMany: number[] = [];
for (let round = 0; round < 3; round += 1) {
  const many = { callers: concurrent, callsEach: 5 };
  httpDirectMany.push(...(await caller.call({ ...toServer, ...many })));
  httpGatewayMany.push(...(await caller.call({ ...toGateway, ...many })));
  if (round === 0) for (const values of [httpDirectMany, httpGatewayMany]) values.length = 0;
}

const peer =
  options.peer === undefined
    ? []
    : await comparedWith(
        { url: options.peer, key: options["peer-key"] ?? "" },
        { caller, server, gateway: { url, key } },
      );
const routed = difference(full, direct, 0.5);
const roundTrip = percentile(echoed, 0.5);
const hopAdds = difference(httpHop, httpDirect, 0.5);
const gatewayAdds = difference(httpGateway, httpDirect, 0.5);

report("overhead", [
  { metric: "direct call p50", value: percentile(direct, 0.5), unit: "ms" },
  { metric: "direct call p99", value: percentile(direct, 0.99), unit: "ms" },
  { metric: "through LLMClient p50", value: percentile(full, 0.5), unit: "ms" },
  { metric: "through LLMClient p99", value: percentile(full, 0.99), unit: "ms" },
  { metric: "of the direct call: the guardrails' gate p50", value: difference(direct, bare, 0.5), unit: "ms" },
  { metric: "a bare message to a thread and back p50", value: roundTrip, unit: "ms" },
  { metric: "a bare message to a thread and back p99", value: percentile(echoed, 0.99), unit: "ms" },
  {
    metric: "select, route and log, one at a time, p50",
    value: routed,
    unit: "ms",
    ...(roundTrip <= quietRoundTripMs && { target: 0.3 }),
  },
  { metric: "  the same, in bare messages to a thread and back", value: routed / roundTrip, unit: "x", target: 3 },
  { metric: "select, route and log, one at a time, p99", value: difference(full, direct, 0.99), unit: "ms" },
  {
    metric: "  the same, in bare messages to a thread and back at p99",
    value: difference(full, direct, 0.99) / percentile(echoed, 0.99),
    unit: "x",
    target: 10,
  },
  {
    metric: `select, route and log, ${concurrent} at once, p99`,
    value: difference(fullMany, directMany, 0.99),
    unit: "ms",
    target: 5,
  },
  {
    metric: "first token p50, beyond the gate's hold-back",
    value: difference(fullFirst, directFirst, 0.5),
    unit: "ms",
    target: 1,
  },
  { metric: "a bare hop, the bytes passed on unread, p50", value: hopAdds, unit: "ms" },
  { metric: "the gateway, one at a time, p50", value: gatewayAdds, unit: "ms" },
  { metric: "  the same, in bare hops", value: gatewayAdds / hopAdds, unit: "x", target: 3 },
  {
    metric: "the gateway, by a version's name, in calls by its use case, p50",
    value: difference(httpVersion, httpDirect, 0.5) / gatewayAdds,
    unit: "x",
    target: 1.15,
  },
  { metric: "the gateway, one at a time, p99", value: difference(httpGateway, httpDirect, 0.99), unit: "ms" },
  {
    metric: `the gateway, ${concurrent} at once, p99`,
    value: difference(httpGatewayMany, httpDirectMany, 0.99),
    unit: "ms",
    target: 10,
  },
  ...peer,
]);
await echo.terminate();
await hop.close();
await caller.close();
await provider.close();
await close();
await backend.close();
await server.close();

interface Timing {
  readonly firstMs: number;
  readonly totalMs: number;
}

/** With a gate, the first token is the first text that the gate lets through. */
async function viaProvider(gate: StreamGate | null): Promise<Timing> {
  const started = performance.now();
  let firstMs = Number.NaN;
  const request = { model: "storyteller", configuration: { endpoint: server.url, serverModel: "smollm2:135m" } };
  const messages = [{ role: "user" as const, content: "Begin" }];
  for await (const event of provider.stream({ ...request, messages, options: {} }, new AbortController().signal)) {
    const text = event.type !== "text" ? "" : gate ? gate.push(event.text).released : event.text;
    if (text !== "" && Number.isNaN(firstMs)) firstMs = performance.now() - started;
  }
  gate?.end();
  return { firstMs, totalMs: performance.now() - started };
}

async function viaClient(): Promise<Timing> {
  const started = performance.now();
  let firstMs = Number.NaN;
  const call: TextCall = {
    target: { type: "use_case", useCase: "story_generation" },
    caller: "bench",
    compose: async () => ({
      ask: "Begin",
      messages: [{ role: "user", content: "Begin" }],
      options: {},
      promptTemplate: null,
    }),
  };
  for await (const event of llm.generateText(call)) {
    if (event.type === "token" && Number.isNaN(firstMs)) firstMs = performance.now() - started;
    if (event.type === "failed") throw new Error(event.message);
  }
  return { firstMs, totalMs: performance.now() - started };
}

async function toAThreadAndBack(): Promise<number> {
  const started = performance.now();
  echo.postMessage({ text: answer });
  await once(echo, "message");
  return performance.now() - started;
}

/** What any program between caller and server adds: HTTP in, HTTP out, and nothing done. */
async function startHop() {
  const agent = new Agent();
  const pass = async (request: IncomingMessage, response: ServerResponse) => {
    const body = Buffer.concat(await request.toArray());
    const headers = { "content-type": "application/json" };
    const sent = { origin: server.url, path: request.url ?? "/", method: "POST" as const, body, headers };
    await agent.stream(sent, ({ statusCode }) => response.writeHead(statusCode));
  };
  const passing = createServer((request, response) => void pass(request, response));
  passing.listen(0, "127.0.0.1");
  await once(passing, "listening");
  const { port } = passing.address() as AddressInfo; // listening on TCP
  return {
    url: `http://127.0.0.1:${port}`,
    close: async () => {
      passing.close();
      await agent.close();
    },
  };
}

/** 64 callers, each with four calls one after another. */
async function together(work: () => Promise<unknown>, brief: boolean): Promise<void> {
  await Promise.all(
    Array.from({ length: concurrent }, async (_, caller) => {
      await new Promise((resolve) => setTimeout(resolve, caller)); // nobody starts all at the same moment
      for (let call = 0; call < (brief ? 1 : 4); call += 1) await work();
    }),
  );
}

function difference(of: readonly number[], than: readonly number[], share: number): number {
  return percentile(of, share) - percentile(than, share);
}
