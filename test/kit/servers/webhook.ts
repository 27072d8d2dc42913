import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

export interface Delivered {
  readonly headers: IncomingHttpHeaders;
  // What JSON says is looked at field by field in tests.
  readonly body: Readonly<Record<string, unknown>>;
}

export type HowToAnswer = (response: ServerResponse, delivered: Delivered) => void | Promise<void>;

export interface Webhook {
  readonly url: string;
  /** Every request, in order, whatever it was answered. */
  readonly requests: readonly Delivered[];
  /** What was done, by idempotency key: a key that comes again does nothing. In the order of the first that were acknowledged. */
  readonly applied: ReadonlyMap<string, Readonly<Record<string, unknown>>>;
  answerWith(how: HowToAnswer): void;
  /** Most requests that were under way at once. */
  readonly maxAtOnce: () => number;
  close(): Promise<void>;
}

export const acknowledge: HowToAnswer = (response) => void response.writeHead(204).end();

/** Half of the answers are no: an error, a connection cut before or after it was applied, an answer that takes its time. */
export function flaky(random: () => number): HowToAnswer {
  return async (response) => {
    const chance = random();
    if (chance < 0.2) response.writeHead(500).end("no");
    else if (chance < 0.3) response.destroy();
    else if (chance < 0.4) response.writeHead(200).destroy();
    else if (chance < 0.5) {
      await sleep(10 + random() * 100);
      response.writeHead(200).end("late");
    } else response.writeHead(200).end("ok");
  };
}

/** A program that is told by webhook, on a real socket; on `port` where one is given, so that it can come back. */
export async function startWebhook(options: { port?: number; how?: HowToAnswer } = {}): Promise<Webhook> {
  let how = options.how ?? acknowledge;
  const requests: Delivered[] = [];
  const applied = new Map<string, Readonly<Record<string, unknown>>>();
  let under = 0;
  let most = 0;
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    most = Math.max(most, (under += 1));
    response.once("close", () => (under -= 1));
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const delivered = { headers: request.headers, body: JSON.parse(Buffer.concat(chunks).toString("utf8")) };
    requests.push(delivered);
    // It is done before it is answered: an answer that is lost comes again, with the same key.
    const end = response.writeHead.bind(response);
    response.writeHead = ((status: number, ...rest: []) => {
      const key = String(request.headers["idempotency-key"]);
      if (status < 300 && !applied.has(key)) applied.set(key, delivered.body);
      return end(status, ...rest);
    }) as typeof response.writeHead; // the tests give a status, or a status and headers
    await how(response, delivered);
  };
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy()); // who asked was killed
  });
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/told`, // listening on TCP
    requests,
    applied,
    answerWith: (next) => (how = next),
    maxAtOnce: () => most,
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
