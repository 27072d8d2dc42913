import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";
import { clientOf, isKey, isOurHost, isOurOrigin, keysOf, splitKeyFromPath } from "./access.ts";
import type { CallList } from "../call-list.ts";
import { Exchange } from "./exchange.ts";
import { parseJson, readBody } from "./read-body.ts";
import { Refusal, refusalOfThrown, switchedOff } from "./refusal.ts";
import { apiOf, type Routes } from "../routes/routes.ts";
import { log } from "../../base/logger.ts";

export interface ServerLimits {
  /** How long a request's headers may take. */
  readonly headersMs: number;
  /** How long nothing may come of a body. */
  readonly bodyIdleMs: number;
  /** How long a whole body may take. */
  readonly bodyMs: number;
  /** How long the body of a refused request is still read, so that its program sees the refusal and not a reset. */
  readonly lingerMs: number;
}

export const defaultLimits: ServerLimits = { headersMs: 10_000, bodyIdleMs: 10_000, bodyMs: 120_000, lingerMs: 2_000 };

export interface ServerPorts {
  readonly routes: Routes;
  readonly calls: CallList;
  readonly key: () => string;
  readonly maxBodyBytes: () => number;
  readonly limits: ServerLimits;
}

/** What pages may read of an answer's headers. */
const exposedHeaders =
  "x-taleward-inference-id, x-taleward-finding, x-taleward-dropped-messages, retry-after, x-should-retry";

/** A program may keep a connection for its next request this long; shorter, and some write into one that is being closed. */
const keepAliveMs = 120_000;

/** The loopback server: admits requests and sees to it that every admitted one is answered. */
export class GatewayServer {
  readonly port: number;
  readonly #server: Server;
  readonly #ports: ServerPorts;
  readonly #exchanges = new Set<Exchange>();
  readonly #handling = new Set<Promise<void>>();
  #closing = false;

  private constructor(server: Server, ports: ServerPorts) {
    this.#server = server;
    this.#ports = ports;
    this.port = (server.address() as AddressInfo).port; // listening on TCP
    const handle = (request: IncomingMessage, response: ServerResponse) => {
      const handling = this.#handle(request, response)
        .catch((error: unknown) => {
          log.error("a bug in the gateway", error);
          response.destroy();
        })
        .finally(() => this.#handling.delete(handling));
      this.#handling.add(handling);
    };
    // `checkContinue`: a client that asks before it sends a large body is answered before it does.
    server.on("request", handle).on("checkContinue", handle);
    server.on("clientError", endBroken);
  }

  /** Listens on 127.0.0.1; 0 is any free port. Rejects with Node's error when it cannot. */
  static async listen(port: number, ports: ServerPorts): Promise<GatewayServer> {
    const { headersMs, bodyMs } = ports.limits;
    const server = createServer({
      headersTimeout: headersMs,
      requestTimeout: bodyMs + headersMs,
      connectionsCheckingInterval: Math.min(1_000, headersMs),
      keepAliveTimeout: keepAliveMs,
      requireHostHeader: false, // a missing Host is refused in the API's own shape
    });
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(port, "127.0.0.1", () => {
        server.off("error", reject);
        resolve();
      });
    });
    return new GatewayServer(server, ports);
  }

  /** Stops listening. Answers in progress end as stopped, which their programs receive and the log has; then every connection is closed. */
  async close(): Promise<void> {
    this.#closing = true;
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const exchange of this.#exchanges) exchange.stop(new DOMException("the gateway is closing", "AbortError"));
    await Promise.all(this.#handling);
    this.#server.closeIdleConnections();
    const last = setTimeout(() => this.#server.closeAllConnections(), 500);
    await closed;
    clearTimeout(last);
    await Promise.all(this.#handling);
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { path, key } = splitKeyFromPath(pathOf(request.url ?? "/"));
    const method = request.method ?? "";
    const shown = { client: clientOf(request.headers), method, path: path.slice(0, 500) };
    const { lingerMs } = this.#ports.limits;
    const exchange = new Exchange(
      apiOf(path, request.headers),
      this.#ports.calls.begin(shown),
      request,
      response,
      lingerMs,
    );
    this.#exchanges.add(exchange);
    try {
      if (this.#closing) throw switchedOff();
      this.#checkSource(exchange);
      if (method === "OPTIONS" && request.headers["access-control-request-method"] !== undefined)
        return preflight(exchange);
      this.#checkKey(exchange, key);
      const route = this.#ports.routes.find(method, path);
      const { bodyIdleMs, bodyMs } = this.#ports.limits;
      const limits = { maxBytes: this.#ports.maxBodyBytes(), idleMs: bodyIdleMs, wholeMs: bodyMs };
      const body = route.takesBody ? parseJson(await readBody(request, response, limits, exchange.signal)) : undefined;
      await route.handler(exchange, body, route.name);
    } catch (error) {
      exchange.refuse(exchange.signal.aborted && isAbort(error) ? switchedOff() : refusalOfThrown(error));
    } finally {
      this.#exchanges.delete(exchange);
    }
  }

  /** Pages of other sites, and names that were rebound to this address, are refused whatever they carry. */
  #checkSource(exchange: Exchange): void {
    const { host, origin } = exchange.request.headers;
    if (!isOurHost(host, this.port)) {
      const words = `The Host ${host ?? "is missing: it"} has to be 127.0.0.1:${this.port}. Use that address.`;
      throw new Refusal(403, "forbidden", words);
    }
    if (!isOurOrigin(origin)) {
      const words = `Pages from ${origin} may not use this address. Open the page from this machine, as http://localhost.`;
      throw new Refusal(403, "forbidden", words);
    }
    if (origin === undefined) return;
    exchange.header("access-control-allow-origin", origin);
    exchange.header("access-control-expose-headers", exposedHeaders);
    exchange.header("vary", "Origin");
  }

  #checkKey({ request, response }: Exchange, inPath: string | null): void {
    const kept = this.#ports.key();
    const given = keysOf(request.headers, inPath);
    if (given.some((key) => isKey(key, kept))) return;
    response.setHeader("www-authenticate", 'Bearer realm="Taleward"');
    const what = given.length === 0 ? "A key is needed" : "The key is not this gateway's";
    const words = `${what}. Send the one from Taleward's Gateway screen as "Authorization: Bearer tw-…".`;
    throw new Refusal(401, "invalid_api_key", words);
  }
}

/** The request is not HTTP, or came too slowly. Nothing is sent on a connection that has carried an answer already. */
function endBroken(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (!socket.writable || (socket instanceof Socket && socket.bytesWritten > 0)) return void socket.destroy();
  const status = error.code === "ERR_HTTP_REQUEST_TIMEOUT" ? "408 Request Timeout" : "400 Bad Request";
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

/** The path alone, whatever stands before or behind it; programs that join addresses double its first slash. */
function pathOf(target: string): string {
  const path = (target.split(/[?#]/, 1)[0] ?? "").replace(/^\/{2,}/, "/");
  return path.length > 1 ? path.replace(/\/$/, "") : path;
}

function preflight(exchange: Exchange): void {
  const asked = exchange.request.headers["access-control-request-headers"];
  exchange.header("access-control-allow-methods", "GET, HEAD, POST, DELETE");
  if (typeof asked === "string") exchange.header("access-control-allow-headers", asked);
  exchange.header("access-control-max-age", "43200");
  exchange.empty(204);
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === "AbortError";
}
