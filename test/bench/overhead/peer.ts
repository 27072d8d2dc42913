import { fast, streamText } from "../../kit/servers/ollama-scripts.ts";
import type { startCallerThread } from "../../kit/servers/http-caller-thread.ts";
import type { ThreadedServer } from "../../kit/servers/ollama-server-thread.ts";
import { type Figure, percentile } from "../figures.ts";

interface GatewayAddress {
  readonly url: string;
  readonly key: string;
}

interface Compared {
  readonly caller: Pick<ReturnType<typeof startCallerThread>, "call">;
  readonly server: ThreadedServer;
  readonly gateway: GatewayAddress;
}

const concurrent = 64;
const answer = "The lamp went out at dusk. Mara climbed the stairs with the map under her coat. ";

/**
 * Another gateway of OpenAI's API, such as LiteLLM's proxy, and ours: the same streamed chat completion by the same caller,
 * alternating. The peer has to serve `story_generation` from the benchmark's own scripted server; see CONTRIBUTING.
 */
export async function comparedWith(peer: GatewayAddress, { caller, server, gateway }: Compared): Promise<Figure[]> {
  const body = { model: "story_generation", stream: true, messages: [{ role: "user", content: "Begin" }] };
  const toServer = post(`${server.url}/api/chat`, { ...body, model: "smollm2:135m" });
  const toOurs = post(`${gateway.url}/v1/chat/completions`, body, gateway.key);
  const toPeer = post(`${peer.url.replace(/\/+$/, "")}/v1/chat/completions`, body, peer.key);
  await server.use(fast(60));
  const one = { callers: 1, callsEach: 20 };
  const [direct, ours, theirs] = [[], [], []] as [number[], number[], number[]];
  for (let round = 0; round < 12; round += 1) {
    direct.push(...(await caller.call({ ...toServer, ...one })));
    ours.push(...(await caller.call({ ...toOurs, ...one })));
    theirs.push(...(await caller.call({ ...toPeer, ...one })));
    if (round === 1) for (const values of [direct, ours, theirs]) values.length = 0; // warm by now
  }
  await server.use(streamText(answer, { everyMs: 20 }));
  const many = { callers: concurrent, callsEach: 2 };
  const directMany = await caller.call({ ...toServer, ...many });
  const oursMany = await caller.call({ ...toOurs, ...many });
  const theirsMany = await caller.call({ ...toPeer, ...many });
  const figure = (metric: string, of: readonly number[], than: readonly number[], share: number): Figure => {
    return { group: `beside ${peer.url}`, metric, value: percentile(of, share) - percentile(than, share), unit: "ms" };
  };
  return [
    figure("our gateway adds, one at a time, p50", ours, direct, 0.5),
    figure("the peer adds, one at a time, p50", theirs, direct, 0.5),
    figure("our gateway adds, one at a time, p99", ours, direct, 0.99),
    figure("the peer adds, one at a time, p99", theirs, direct, 0.99),
    figure(`our gateway adds, ${concurrent} at once, p99`, oursMany, directMany, 0.99),
    figure(`the peer adds, ${concurrent} at once, p99`, theirsMany, directMany, 0.99),
  ];
}

function post(url: string, body: object, key?: string) {
  const authorization = key === undefined ? {} : { authorization: `Bearer ${key}` };
  return { url, headers: { "content-type": "application/json", ...authorization }, body: JSON.stringify(body) };
}
