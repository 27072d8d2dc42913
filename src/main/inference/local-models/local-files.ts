import { stat } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import type { VersionConfiguration } from "../../../shared/contract/registry.ts";
import type { GgufFile } from "../../../shared/contract/servers.ts";
import { Failure } from "../../base/failure.ts";
import type { EngineFiles } from "../../gateway/served-versions.ts";
import { type GgufHeader, readGgufHeader } from "./gguf-header.ts";
import type { ModelFile, ModelFiles } from "./model-files.ts";
import { ProviderError } from "../provider.ts";
import type { EmbeddedProvider } from "../providers/embedded/provider.ts";

/** How much of a file was read. */
interface ReadSoFar {
  readonly bytesDone: number;
  readonly bytesTotal: number;
}

const betweenReportsMs = 100;

/** Computes what model files are pinned by. */
export interface FileDigester {
  /** Reads the whole file, unless it was and did not change since, and reports progress. Throws the signal's reason. */
  now(path: string, signal: AbortSignal, progress: (bytesDone: number, bytesTotal: number) => void): Promise<unknown>;
}

export interface LocalFilesPorts {
  readonly files: ModelFiles;
  readonly engine: Pick<EmbeddedProvider, "describe" | "unload">;
  readonly digests: FileDigester;
}

interface KnownHeader {
  readonly sizeBytes: number;
  readonly modifiedAtMs: number;
  readonly header: Promise<GgufHeader>;
}

/** The GGUF files on this machine, and the built-in engine that runs them. */
export class LocalFiles implements EngineFiles {
  readonly #ports: LocalFilesPorts;
  /** By path: a header is read again once its file has changed. */
  readonly #headers = new Map<string, KnownHeader>();

  constructor(ports: LocalFilesPorts) {
    this.#ports = ports;
  }

  /**
   * Reads a GGUF file by its absolute path, its name in the models folder, or `starter`, without loading it. Throws `Failure`
   * that names `path`: NOT_FOUND where there is none, BAD_REQUEST where it is no model that the engine can read.
   */
  async inspect({
    path: file,
    contextTokens,
  }: {
    path: string;
    contextTokens?: number | undefined;
  }): Promise<GgufFile> {
    const path = await this.#ports.files.find(file, "path", "NOT_FOUND");
    const { size } = await stat(path);
    try {
      return { path, sizeBytes: size, ...(await this.#ports.engine.describe(path, contextTokens)) };
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
      // What hangs or ends a process that does nothing but read the file is the file.
      throw new Failure(
        "BAD_REQUEST",
        error.errorClass === "engine_crashed" || error.errorClass === "timeout"
          ? `The built-in engine cannot read ${path}. ${error.message}`
          : error.message,
        { field: "path", value: file, remedy: "Choose another GGUF file, or fetch this one again." },
        { cause: error },
      );
    }
  }

  /** What a version's file says of itself. Throws `ProviderError` where there is none, and `GgufError` where it is no model. */
  async header(configuration: VersionConfiguration): Promise<GgufHeader> {
    const path = this.#ports.files.resolve(configuration);
    const { size: sizeBytes, mtimeMs: modifiedAtMs } = await stat(path);
    const known = this.#headers.get(path);
    if (known?.sizeBytes === sizeBytes && known.modifiedAtMs === modifiedAtMs) return known.header;
    const header = readGgufHeader(path);
    this.#headers.set(path, { sizeBytes, modifiedAtMs, header });
    header.catch(() => this.#headers.delete(path)); // it is thrown to who asked
    return header;
  }

  /**
   * Reads the whole of a GGUF file so that it can be pinned, and reports how far it is; stops when the signal aborts or nobody asks
   * any more. Throws `Failure` that names `file`: NOT_FOUND where there is none, BAD_REQUEST where it is no model.
   */
  async *read({ file }: { file: string }, signal: AbortSignal): AsyncGenerator<ReadSoFar> {
    const path = await this.#ports.files.find(file, "file", "NOT_FOUND");
    const bytesTotal = (await stat(path)).size;
    let latest: ReadSoFar = { bytesDone: 0, bytesTotal };
    const stop = new AbortController();
    const reading = this.#ports.digests
      .now(path, AbortSignal.any([signal, stop.signal]), (bytesDone, total) => {
        latest = { bytesDone, bytesTotal: total };
      })
      .then(() => "read" as const);
    try {
      while ((await Promise.race([reading, pause(betweenReportsMs, "reading" as const)])) === "reading") yield latest;
      yield { bytesDone: latest.bytesTotal, bytesTotal: latest.bytesTotal };
    } finally {
      stop.abort(new Error("nobody asks for it any more"));
      await reading.catch(() => {}); // its failure was thrown above
    }
  }

  async list(): Promise<{ directory: string; files: ModelFile[] }> {
    return { directory: this.#ports.files.directory, files: await this.#ports.files.list() };
  }

  async unloadEngine(): Promise<Record<string, never>> {
    await this.#ports.engine.unload();
    return {};
  }
}
