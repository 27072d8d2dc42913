import { createORPCClient } from "@orpc/client";
import { RPCLink } from "@orpc/client/websocket";
import type { ContractRouterClient } from "@orpc/contract";
import { createRouterClient } from "@orpc/server";
import WebSocket from "ws";
import { type Contract, contractVersion } from "../../shared/contract/contract.ts";
import { createBackend } from "../backend.ts";
import { Failure } from "../base/failure.ts";
import { logTo } from "../base/logger.ts";
import { FileSecrets, plainSecretsFile } from "../host/file-secrets.ts";
import { deferredLogFile } from "../host/deferred-log-file.ts";
import { runningInstance } from "../headless/instance.ts";
import type { HostFiles } from "../host/host-files.ts";
import { forkNodeEngine } from "../inference/providers/embedded/engine-process.ts";

export type Client = ContractRouterClient<Contract>;

export interface Connection {
  readonly client: Client;
  /** `own` lives in this process; `running` is a Taleward that has the data directory open. */
  readonly backend: "own" | "running";
  /** False once a running Taleward went away. */
  isListening(): boolean;
  close(): Promise<void>;
}

/**
 * A backend in this process or, where a browser host has the directory open, that one. Throws `Failure` when a
 * process has it open that cannot be reached.
 */
export async function connect(files: HostFiles, dataDirectory: string): Promise<Connection> {
  logTo(deferredLogFile(dataDirectory)); // until the command ends: stdout and stderr are for answers
  try {
    const backend = await createBackend({
      dataDirectory,
      host: "terminal",
      version: files.version,
      databaseWorker: files.databaseWorker,
      forkEngine: () => forkNodeEngine(files.engine),
      secrets: new FileSecrets(plainSecretsFile(dataDirectory)),
      ...(files.starterFile === undefined ? {} : { starterFile: files.starterFile }),
    });
    return {
      client: createRouterClient(backend.router),
      backend: "own",
      isListening: () => true,
      close: () => backend.close(),
    };
  } catch (error) {
    const running =
      error instanceof Failure && error.code === "CONFLICT" ? await connectToRunning(dataDirectory) : null;
    if (!running) throw error;
    return running;
  }
}

/** The Taleward that has the directory open and can be reached; null where there is none. Throws `Failure` CONFLICT for one of another version. */
export async function connectToRunning(dataDirectory: string): Promise<Connection | null> {
  const instance = await runningInstance(dataDirectory);
  if (!instance) return null;
  if (instance.contract !== contractVersion)
    throw new Failure("CONFLICT", "The Taleward that has this data open is of another version.", {
      field: "data-dir",
      value: dataDirectory,
      remedy: "Close it and start it again in this version, then repeat the command.",
    });
  const socket = new WebSocket(`${instance.url.replace(/^http/, "ws")}/rpc`, {
    headers: { authorization: `Bearer ${instance.secret}` },
    handshakeTimeout: 3_000,
  });
  const opened = await new Promise<boolean>((resolve) => {
    socket.once("open", () => resolve(true));
    socket.once("error", () => resolve(false));
  });
  if (!opened) return null;
  const client: Client = createORPCClient(new RPCLink({ websocket: socket as unknown as globalThis.WebSocket })); // ws has the members that are used
  return {
    client,
    backend: "running",
    isListening: () => socket.readyState === WebSocket.OPEN,
    close: async () => socket.close(),
  };
}
