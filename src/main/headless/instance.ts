import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { writeFileAtomic } from "../base/write-file-atomic.ts";

/** What a running host leaves for later starts on the same directory; only its owner can read it. */
export interface Instance {
  readonly url: string;
  readonly secret: string;
  /** See `contractVersion`; absent where the host is older than that. */
  readonly contract?: number;
}

const fileOf = (dataDirectory: string) => join(dataDirectory, "instance.json");

export async function announceInstance(dataDirectory: string, instance: Instance): Promise<AsyncDisposable> {
  await writeFileAtomic(fileOf(dataDirectory), JSON.stringify(instance));
  return { [Symbol.asyncDispose]: () => rm(fileOf(dataDirectory), { force: true }) };
}

/** The running host of a directory, where one serves browsers; null otherwise. */
export async function runningInstance(dataDirectory: string): Promise<Instance | null> {
  try {
    return JSON.parse(await readFile(fileOf(dataDirectory), "utf8")) as Instance; // written by the function above
  } catch {
    return null;
  }
}

/** Where a browser was let in last time, so that its open tabs find their way back after a restart. */
export interface BrowserSession {
  readonly port: number;
  readonly session: string;
}

const sessionFileOf = (dataDirectory: string) => join(dataDirectory, "browser-session.json");

export async function lastSession(dataDirectory: string): Promise<BrowserSession | null> {
  try {
    const { port, session } = JSON.parse(
      await readFile(sessionFileOf(dataDirectory), "utf8"),
    ) as Partial<BrowserSession>; // checked here
    const isWhole = Number.isInteger(port) && typeof session === "string" && /^[\w-]{43}$/.test(session);
    return isWhole ? { port: Number(port), session } : null;
  } catch {
    return null;
  }
}

export async function rememberSession(dataDirectory: string, session: BrowserSession): Promise<void> {
  await writeFileAtomic(sessionFileOf(dataDirectory), JSON.stringify(session));
}

/** A fresh one-time link to the running host of a directory; null where none answers. */
export async function passOnLink(dataDirectory: string): Promise<string | null> {
  const instance = await runningInstance(dataDirectory);
  if (!instance) return null;
  try {
    const response = await fetch(`${instance.url}/link`, {
      method: "POST",
      headers: { authorization: `Bearer ${instance.secret}` },
      signal: AbortSignal.timeout(3_000),
    });
    return response.ok ? await response.text() : null;
  } catch {
    return null;
  }
}
