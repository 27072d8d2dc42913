import { readFile, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import { Failure } from "../base/failure.ts";
import { writeFileAtomic } from "../base/write-file-atomic.ts";

const instance = z.object({
  url: z.url(),
  secret: z.string().min(1),
  /** See `contractVersion`; absent where the host is older than that. */
  contract: z.number().optional(),
});

/** What a running host leaves for later starts on the same directory; only its owner can read it. */
export type Instance = z.infer<typeof instance>;

const fileOf = (dataDirectory: string) => join(dataDirectory, "instance.json");

/** Throws `Failure` where the file cannot be written. */
export async function announceInstance(dataDirectory: string, running: Instance): Promise<AsyncDisposable> {
  const file = fileOf(dataDirectory);
  await writeOwn(file, running);
  return { [Symbol.asyncDispose]: () => rm(file, { force: true }).catch(() => {}) }; // who reads it finds nobody there
}

/** The running host of a directory, where one serves browsers; null otherwise. */
export async function runningInstance(dataDirectory: string): Promise<Instance | null> {
  return readOwn(fileOf(dataDirectory), instance);
}

const browserSession = z.object({
  port: z.number().int().min(1).max(65_535),
  /** Of this installation, in the name of its cookie. */
  id: z.string().regex(/^[0-9a-f]{12}$/),
  cookie: z.string().regex(/^[\w-]{43}$/),
  pageKey: z.string().regex(/^[\w-]{43}$/),
  createdAtMs: z.number().int().min(0),
});

/** What browsers were let in by, so that open tabs find their way back after a restart. */
export type BrowserSession = z.infer<typeof browserSession>;

const sessionFileOf = (dataDirectory: string) => join(dataDirectory, "browser-session.json");

/** Null where there was none, or what is there is not one whole. */
export async function lastSession(dataDirectory: string): Promise<BrowserSession | null> {
  return readOwn(sessionFileOf(dataDirectory), browserSession);
}

/** Throws `Failure` where the file cannot be written. */
export async function rememberSession(dataDirectory: string, session: BrowserSession): Promise<void> {
  await writeOwn(sessionFileOf(dataDirectory), session);
}

/** Browsers that were let in are not known at the next start. */
export async function forgetSession(dataDirectory: string): Promise<void> {
  await rm(sessionFileOf(dataDirectory), { force: true });
}

async function readOwn<Kept>(file: string, shape: z.ZodType<Kept>): Promise<Kept | null> {
  try {
    return shape.parse(JSON.parse(await readFile(file, "utf8")));
  } catch {
    return null;
  }
}

async function writeOwn(file: string, value: object): Promise<void> {
  try {
    await writeFileAtomic(file, JSON.stringify(value));
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException; // what node:fs throws
    const isFolder = code === "EISDIR" || code === "ENOTEMPTY" || code === "EEXIST";
    throw new Failure(
      "STORAGE",
      `Taleward cannot write ${file}: ${isFolder ? "there is a folder of that name" : `the system says ${code || "no"}`}.`,
      {
        field: "dataDirectory",
        value: dirname(file),
        remedy: isFolder
          ? "Move that folder away, then start again."
          : "Let this user write the folder, free some space on its disk, or start with another by --data-dir.",
      },
      { cause: error },
    );
  }
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
