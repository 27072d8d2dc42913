import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

/** A registry of one model, which a real Ollama can pull by `name`: its manifest, and its layers by their digests. */
export interface ModelRegistryServer {
  /** With its scheme, so that it is pulled without encryption. */
  readonly name: string;
  /** What Ollama calls the model once it has it. */
  readonly pulledName: string;
  readonly weightsBytes: number;
  /** The first byte that each request for the weights asked for. */
  readonly askedFrom: readonly number[];
  /** How many requests for the weights are being answered. */
  sending(): number;
  /** Sends so much of the weights at a time, so far apart; all at once unless told otherwise. */
  throttle(partBytes: number, everyMs: number): void;
  /** The next request for the weights loses its connection after so many bytes. */
  breakOffAfter(bytes: number): void;
  /** What it holds from now on differs by its system text. */
  publish(system: string): void;
  close(): Promise<void>;
}

/** Serves the weights as `library/keeper:latest`, in the registry's own protocol. */
export async function startModelRegistry(weights: Buffer): Promise<ModelRegistryServer> {
  const askedFrom: number[] = [];
  let sending = 0;
  const layers = new Map<string, Buffer>();
  const keep = (bytes: Buffer): { digest: string; size: number } => {
    const digest = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
    layers.set(digest, bytes);
    return { digest, size: bytes.length };
  };
  const model = keep(weights);
  let manifest = "";
  let pace = { partBytes: weights.length, everyMs: 0 };
  let breaksAfter = Infinity;

  const publish = (system: string): void => {
    const text = keep(Buffer.from(system));
    const config = keep(
      Buffer.from(
        JSON.stringify({
          model_format: "gguf",
          model_family: "llama",
          model_families: ["llama"],
          model_type: "134.52M",
          file_type: "Q4_1",
          architecture: "amd64",
          os: "linux",
          rootfs: { type: "layers", diff_ids: [model.digest, text.digest] },
        }),
      ),
    );
    manifest = JSON.stringify({
      schemaVersion: 2,
      mediaType: "application/vnd.docker.distribution.manifest.v2+json",
      config: { mediaType: "application/vnd.docker.container.image.v1+json", ...config },
      layers: [
        { mediaType: "application/vnd.ollama.image.model", ...model },
        { mediaType: "application/vnd.ollama.image.system", ...text },
      ],
    });
  };
  publish("You keep a lighthouse.");

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = new URL(request.url ?? "/", "http://localhost").pathname;
    if (path === "/v2/library/keeper/manifests/latest") {
      response.setHeader("content-type", "application/vnd.docker.distribution.manifest.v2+json").end(manifest);
      return;
    }
    const digest = path.slice(path.lastIndexOf("/") + 1);
    const bytes = layers.get(digest);
    if (bytes === undefined) {
      response.statusCode = 404;
      response.end();
      return;
    }
    // Ollama asks a registry where the bytes are, then asks there for the part that it lacks.
    if (path.startsWith("/v2/")) {
      response.setHeader("location", `/bytes/${digest}`);
      if (request.method === "HEAD") response.setHeader("content-length", String(bytes.length));
      response.end();
      return;
    }
    const from = Number(/^bytes=(\d+)-/.exec(request.headers.range ?? "")?.[1] ?? 0);
    const rest = bytes.subarray(from);
    response.writeHead(206, {
      "content-length": String(rest.length),
      "content-range": `bytes ${from}-${bytes.length - 1}/${bytes.length}`,
    });
    if (digest !== model.digest) {
      response.end(rest);
      return;
    }
    askedFrom.push(from);
    sending += 1;
    response.once("close", () => (sending -= 1));
    await send(rest, response);
  };

  const send = async (rest: Buffer, response: ServerResponse): Promise<void> => {
    const { partBytes, everyMs } = pace;
    const ends = breaksAfter;
    breaksAfter = Infinity;
    const left = once(response, "close");
    for (let start = 0; start < rest.length; start += partBytes) {
      if (start >= ends) return void response.destroy();
      if (!response.write(rest.subarray(start, start + partBytes))) {
        await Promise.race([new Promise((resolve) => response.once("drain", resolve)), left]);
      }
      if (response.destroyed) return;
      if (everyMs > 0) await pause(everyMs);
    }
    response.end();
  };

  const server = createServer((request, response) => void answer(request, response));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  // A listening TCP server's address is never a pipe's name.
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    name: `http://${host}/library/keeper`,
    pulledName: `${host}/library/keeper:latest`,
    weightsBytes: weights.length,
    askedFrom,
    sending: () => sending,
    throttle: (partBytes, everyMs) => {
      pace = { partBytes, everyMs };
    },
    breakOffAfter: (bytes) => {
      breaksAfter = bytes;
    },
    publish,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}
