import { Failure } from "../../base/failure.ts";

/** A file as its source has it now. */
export interface FoundFile {
  readonly url: string;
  readonly host: string;
  readonly bytes: number;
  /** 64 hex digits. */
  readonly sha256: string;
}

/** Finds a file of a repository. Throws `Failure` UNAVAILABLE where that cannot be done now. */
export type FileSource = (
  file: { readonly repository: string; readonly file: string },
  signal: AbortSignal,
) => Promise<FoundFile>;

const answerWithinMs = 15_000;

/** From Hugging Face, whose answer names the size and the SHA-256 of a large file in headers of its own. */
export const huggingFace: FileSource = (wanted, signal) => findFile("https://huggingface.co", wanted, signal);

/** The same at another address of that API, such as a mirror. */
export async function findFile(
  origin: string,
  { repository, file }: { readonly repository: string; readonly file: string },
  signal: AbortSignal,
): Promise<FoundFile> {
  const url = `${origin}/${repository}/resolve/main/${encodeURIComponent(file)}`;
  const host = new URL(origin).host;
  const failure = (why: string, cause?: unknown) =>
    new Failure(
      "UNAVAILABLE",
      `${file} could not be found at ${host}: ${why}.`,
      {
        remedy: `Check the network and try again, or fetch it from ${origin}/${repository} yourself and drop it onto Models.`,
      },
      { cause },
    );
  let response: Response;
  try {
    const stop = AbortSignal.any([signal, AbortSignal.timeout(answerWithinMs)]);
    response = await fetch(url, { method: "HEAD", redirect: "manual", signal: stop });
  } catch (error) {
    signal.throwIfAborted();
    throw failure("it does not answer", error);
  }
  if (response.status >= 400) throw failure(`it answered ${response.status}`);
  const bytes = Number(response.headers.get("x-linked-size") ?? Number.NaN);
  const sha256 = /^(?:W\/)?"?([\da-f]{64})"?$/.exec(response.headers.get("x-linked-etag") ?? "")?.[1];
  if (!Number.isSafeInteger(bytes) || bytes <= 0 || sha256 === undefined)
    throw failure("it did not say the size and checksum of the file");
  return { url, host, bytes, sha256 };
}
