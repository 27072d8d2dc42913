import { once } from "node:events";
import { isMainThread, parentPort, Worker } from "node:worker_threads";
import { Agent, request } from "undici";

/** So many callers at once, each with so many calls one after another, of one POST whose answer is read to its end. */
export interface Calling {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly callers: number;
  readonly callsEach: number;
}

/** A caller on a thread of its own, as another program would be; resolves to how long each call took, in milliseconds. */
export function startCallerThread(): {
  call(calling: Calling): Promise<number[]>;
  close(): Promise<number>;
} {
  const worker = new Worker(new URL(import.meta.url));
  return {
    call: async (calling) => {
      worker.postMessage(calling);
      const [received] = (await once(worker, "message")) as [number[] | string]; // what the thread below posts
      if (typeof received === "string") throw new Error(received);
      return received;
    },
    close: () => worker.terminate(),
  };
}

if (!isMainThread && parentPort) {
  const port = parentPort;
  const agent = new Agent({ headersTimeout: 0, bodyTimeout: 0 });
  const once = async ({ url, headers, body }: Calling): Promise<number> => {
    const startedAt = performance.now();
    const answer = await request(url, { method: "POST", headers, body, dispatcher: agent });
    const text = await answer.body.text();
    if (answer.statusCode !== 200) throw new Error(`${answer.statusCode} ${text}`);
    return performance.now() - startedAt;
  };
  const all = async (calling: Calling): Promise<void> => {
    const tookMs: number[] = [];
    const caller = async (_: unknown, index: number): Promise<void> => {
      await new Promise((resolve) => setTimeout(resolve, index)); // nobody starts all at the same moment
      for (let call = 0; call < calling.callsEach; call += 1) tookMs.push(await once(calling));
    };
    await Promise.all(Array.from({ length: calling.callers }, caller));
    port.postMessage(tookMs);
  };
  port.on(
    "message",
    (calling: Calling) => void all(calling).catch((error: unknown) => port.postMessage(String(error))),
  );
}
