import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { createORPCClient } from "@orpc/client";
import { RPCLink } from "@orpc/client/websocket";
import { WebSocket } from "ws";
import { entry } from "./built.ts";
import type { Client } from "./transports.ts";

export interface HeadlessProcess {
  /** Opens the workbench once. */
  readonly link: string;
  readonly origin: string;
  readonly process: ChildProcess;
  /** What it wrote to stderr so far. */
  readonly errors: () => string;
  /** A client over WebSocket, as the terminal connects. */
  connect(): Promise<{ client: Client; close(): void }>;
  /** kill -9, and waits until it is gone. */
  kill(): Promise<void>;
  /** An orderly end; resolves to the exit code. */
  stop(): Promise<number | null>;
}

/** What a browser has after it opened a link: the cookie, and the key that its page keeps. */
export async function openLink(link: string): Promise<{ cookie: string; pageKey: string }> {
  const { headers } = await fetch(link, { redirect: "manual" });
  return {
    cookie: headers.get("set-cookie")?.split(";")[0] ?? "",
    pageKey: /#page-key=([\w-]+)$/.exec(headers.get("location") ?? "")?.[1] ?? "",
  };
}

const host = fileURLToPath(entry("headless"));

/** The headless host as a process of its own: that of `built.ts` unless `entry` names another. */
export async function startHeadless(
  dataDirectory: string,
  options: { entry?: string; args?: readonly string[]; env?: Readonly<Record<string, string>> } = {},
): Promise<HeadlessProcess> {
  const child = spawn(process.execPath, [options.entry ?? host, "--data-dir", dataDirectory, ...(options.args ?? [])], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...options.env },
  });
  let errors = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (errors += text));
  const exited = once(child, "exit");
  const link = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).on("line", (line) => {
      const found = /^Taleward is open at (\S+)/.exec(line)?.[1];
      if (found) resolve(found);
    });
    child.once("exit", (code) => reject(new Error(`headless ended with ${code}: ${errors}`)));
  });
  const { origin } = new URL(link);
  return {
    link,
    origin,
    process: child,
    errors: () => errors,
    connect: async () => {
      const { secret } = JSON.parse(await readFile(join(dataDirectory, "instance.json"), "utf8"));
      const socket = new WebSocket(`${origin.replace("http", "ws")}/rpc`, {
        headers: { authorization: `Bearer ${secret}` },
      });
      await once(socket, "open");
      const link = new RPCLink({ websocket: socket as unknown as globalThis.WebSocket }); // ws has the members that are used
      return { client: createORPCClient(link), close: () => socket.terminate() };
    },
    kill: async () => {
      child.kill("SIGKILL");
      await exited;
    },
    stop: async () => {
      child.kill("SIGTERM");
      const [code] = await exited;
      return code;
    },
  };
}
