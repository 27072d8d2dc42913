import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { type WebSocket, WebSocketServer } from "ws";
import { contractVersion } from "../../shared/contract/contract.ts";
import { DatabasePool } from "../db/pool.ts";
import { Failure } from "../base/failure.ts";
import { FileSecrets, plainSecretsFile } from "../host/file-secrets.ts";
import type { HostFiles } from "../host/host-files.ts";
import { forkNodeEngine } from "../inference/providers/embedded/engine-process.ts";
import { log } from "../base/logger.ts";
import { Access } from "./access.ts";
import { announceInstance, type BrowserSession, lastSession, rememberSession } from "./instance.ts";
import { ModelUploads } from "./model-upload.ts";
import { PageServer } from "./page-server.ts";

export interface HeadlessOptions extends HostFiles {
  readonly dataDirectory: string;
  /** 0 for any free one. */
  readonly port: number;
  /** Browsers that were let in before have to open a fresh link. */
  readonly newSession: boolean;
  /** Of the drill asked for, in milliseconds. */
  readonly drillMs?: number | undefined;
  /** Toasts stay until read, for tests. */
  readonly test: boolean;
}

export interface Served {
  /** Opens the workbench once. */
  readonly link: string;
  readonly url: string;
  /** Rejects when the backend behind the screens could not be started. */
  readonly started: Promise<void>;
  close(): Promise<void>;
}

/** The import takes the thread for some 60 ms; a page that opens at once fetches its files before that. */
const pageFirstMs = 120;
const maxMessageBytes = 32 * 1024 * 1024;

/**
 * The backend and its screens for a browser on this machine. Resolves once the directory is ours and the screens can be
 * fetched; the backend is imported behind them, and calls wait for it. Throws `Failure` when the directory or the port is taken.
 */
export async function serveHeadless(options: HeadlessOptions): Promise<Served> {
  const database = await DatabasePool.open(options.databaseWorker, options.dataDirectory);
  const last = await lastSession(options.dataDirectory);
  const isKept = last !== null && !options.newSession && Access.isCurrent(last, Date.now());
  // A model file may take longer to send than any limit on a whole request.
  const server = createServer({ requestTimeout: 0 });
  const uploads = new ModelUploads(options.dataDirectory, (file) => database.write("rememberFile", file));
  await listen(server, options.port, last?.port).catch(async (error: unknown) => {
    await database.close();
    throw error;
  });
  const { port } = server.address() as AddressInfo; // listening on TCP
  const session = isKept ? { ...last, port } : Access.createSession(port, Date.now());
  const access = new Access(port, session);
  const announcing = announce(options.dataDirectory, access, session);
  announcing.catch(() => {}); // thrown below
  const starting = announcing.then(() => sleep(pageFirstMs)).then(() => startBackend(options, database));
  starting.catch(() => {}); // thrown as `announcing`, or by `started`
  const sockets = acceptSockets(server, access, starting);
  const query = options.test ? "&test=1" : "";
  const signOutEverywhere = async (): Promise<void> => {
    const next = Access.createSession(port, Date.now());
    await rememberSession(options.dataDirectory, next);
    access.signOutEverywhere(next);
    for (const socket of sockets.clients) if (browsers.has(socket)) socket.close(1008, "signed out");
  };
  const { rendererDirectory } = options;
  servePages(server, new PageServer({ access, uploads, rendererDirectory, query, signOutEverywhere }));
  const announced = await announcing.catch(async (error: unknown) => {
    server.close();
    server.closeAllConnections();
    await database.close(); // the backend is started by what was announced
    throw error;
  });
  return {
    url: access.origin,
    link: access.createLink(query),
    started: starting.then(() => {}),
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      await starting.then(
        async ({ backend, logging }) => {
          await backend.close();
          logging[Symbol.dispose]();
        },
        () => database.close(),
      );
      for (const socket of sockets.clients) socket.close(1001);
      server.closeAllConnections();
      await Promise.all([closed, uploads.close(), announced[Symbol.asyncDispose]()]);
    },
  };
}

function servePages(server: Server, pages: PageServer): void {
  server.on("request", (request: IncomingMessage, response: ServerResponse) => {
    void pages.answer(request, response).catch((error: unknown) => {
      log.error("a bug in serving a page", error);
      response.destroy();
    });
  });
}

async function announce(dataDirectory: string, access: Access, session: BrowserSession): Promise<AsyncDisposable> {
  await rememberSession(dataDirectory, session);
  return announceInstance(dataDirectory, { url: access.origin, secret: access.secret, contract: contractVersion });
}

/** The connections of pages; the others are programs of the directory's owner. */
const browsers = new WeakSet<WebSocket>();

/** Upgrades the connections of clients that are known, once the backend is there to answer them. */
function acceptSockets(server: Server, access: Access, starting: ReturnType<typeof startBackend>): WebSocketServer {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: maxMessageBytes });
  sockets.on("connection", (socket, request: IncomingMessage) => {
    if (request.headers.authorization === undefined) browsers.add(socket);
    socket.on("error", () => socket.terminate());
    void starting.then(({ handler }) => handler.upgrade(socket));
  });
  server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const refused =
      request.url !== "/rpc" ? 404 : !access.isFromHere(request) ? 403 : !access.isTrusted(request) ? 401 : null;
    // Not upgraded before the backend is there: a page's first message must have a reader.
    if (refused === null)
      void starting.then(
        () => sockets.handleUpgrade(request, socket, head, (opened) => sockets.emit("connection", opened, request)),
        () => socket.destroy(),
      );
    else socket.end(`HTTP/1.1 ${refused} Refused\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
  });
  return sockets;
}

async function startBackend(options: HeadlessOptions, database: DatabasePool) {
  const [{ createBackend }, { RPCHandler }, { startProcessLog }] = await Promise.all([
    import("../backend.ts"),
    import("@orpc/server/ws"),
    import("../host/process-log.ts"),
  ]);
  const host = options.test ? "test" : "browser";
  const logging = startProcessLog({ dataDirectory: options.dataDirectory, version: options.version, host });
  try {
    const backend = await createBackend({
      dataDirectory: options.dataDirectory,
      host,
      version: options.version,
      databaseWorker: options.databaseWorker,
      database,
      forkEngine: () => forkNodeEngine(options.engine),
      secrets: new FileSecrets(plainSecretsFile(options.dataDirectory)),
      ...(options.drillMs === undefined ? {} : { drillMs: options.drillMs }),
      ...(options.starterFile === undefined ? {} : { starterFile: options.starterFile }),
    });
    return { backend, handler: new RPCHandler(backend.router), logging };
  } catch (error) {
    log.error("the backend did not start", error);
    logging[Symbol.dispose]();
    throw error;
  }
}

/** Listens at the given port; where that is 0, at the last one if it is free, else at any. */
async function listen(server: Server, port: number, last: number | undefined): Promise<void> {
  if (port !== 0 || last === undefined) return listenAt(server, port);
  return listenAt(server, last).catch(() => listenAt(server, 0));
}

function listenAt(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EADDRINUSE" && error.code !== "EACCES") return reject(error);
      const what = error.code === "EADDRINUSE" ? "is in use" : "is not open to you";
      reject(
        new Failure("CONFLICT", `Port ${port} ${what}.`, {
          field: "--port",
          value: String(port),
          remedy: "Choose another by --port, or leave it out for any free one.",
        }),
      );
    });
    server.listen(port, "127.0.0.1", () => resolve());
  });
}
