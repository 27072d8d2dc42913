import { Failure } from "../base/failure.ts";

/** Maps an error of SQLite to a STORAGE failure with its remedy; any other error is returned as it is. */
export function asStorageFailure(error: unknown, path: string): unknown {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (!code.startsWith("SQLITE_")) return error;
  const failure = (message: string, remedy: string) => new Failure("STORAGE", message, { remedy }, { cause: error });
  if (code === "SQLITE_FULL")
    return failure(`The disk that holds ${path} is full.`, "Free some space, then try again.");
  if (code.startsWith("SQLITE_READONLY") || code.startsWith("SQLITE_CANTOPEN") || code.startsWith("SQLITE_PERM"))
    return failure(
      `Taleward cannot write to ${path}.`,
      "Make the folder writable, or start with another by --data-dir.",
    );
  if (code.startsWith("SQLITE_CORRUPT") || code.startsWith("SQLITE_NOTADB"))
    return failure(
      `${path} is not a readable database.`,
      "Restore it from a backup, or move it aside and start again; the file is left as it is.",
    );
  if (code.startsWith("SQLITE_IOERR"))
    return failure(
      `Reading or writing ${path} failed (${code}).`,
      "Check the disk and its free space, then try again.",
    );
  if (code.startsWith("SQLITE_BUSY") || code.startsWith("SQLITE_LOCKED"))
    return failure(
      `Another program holds ${path}, and has not let go of it in time.`,
      "Close the program that has the database open, such as a viewer or a backup, then try again.",
    );
  // A broken rule of the schema is a bug of ours; whatever else SQLite says is of the file or its disk.
  if (code.startsWith("SQLITE_CONSTRAINT") || code === "SQLITE_ERROR" || code === "SQLITE_MISUSE") return error;
  return failure(`${path} could not be read or written (${code}).`, "Check the disk and the folder, then try again.");
}
