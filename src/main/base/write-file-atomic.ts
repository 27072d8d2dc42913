import { randomUUID } from "node:crypto";
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";

/** `mode` as of `open`, so the umask may narrow it; only its owner reads and writes the file unless `mode` says otherwise. */
export interface WriteOptions {
  readonly mode?: number;
}

const ownerOnly = 0o600;

/**
 * Writes a file so that a crash leaves the old one or the new one, whole: into a new file beside it, synced, then renamed. Throws
 * what `node:fs` throws and leaves the old file and nothing else behind. The folder has to be there.
 *
 * ```ts
 * await writeFileAtomic(join(folder, "keys.json"), JSON.stringify(keys));
 * ```
 */
export async function writeFileAtomic(
  file: string,
  text: string,
  { mode = ownerOnly }: WriteOptions = {},
): Promise<void> {
  const temporary = temporaryFor(file);
  try {
    const handle = await open(temporary, "wx", mode);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw error;
  }
  await syncFolder(dirname(file));
}

/** The same at once, for what is written while a process is ending. */
export function writeFileAtomicSync(file: string, text: string, { mode = ownerOnly }: WriteOptions = {}): void {
  const temporary = temporaryFor(file);
  try {
    const descriptor = openSync(temporary, "wx", mode);
    try {
      writeFileSync(descriptor, text);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/** Makes a rename last; what cannot open a folder, as on Windows, writes it through by itself. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r").catch(() => null);
  if (handle === null) return;
  try {
    await handle.sync().catch(() => undefined);
  } finally {
    await handle.close();
  }
}

function temporaryFor(file: string): string {
  return `${file}.${randomUUID()}.new`;
}
