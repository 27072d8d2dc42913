import { useEffect, useRef, useState } from "react";
import type { ModelVersion } from "../../../../../shared/contract/registry.ts";
import { api } from "../../../api/connection.ts";
import { isCancelled } from "../../../api/problem.ts";

/** A file that is read to pin what it holds. */
export interface FileReading {
  readonly bytesDone: number;
  readonly bytesTotal: number;
  readonly elapsedMs: number;
}

/** Registers a version, with its file read before that; one at a time, and cancelled when what shows it goes away. */
export function useRegistering() {
  const [busy, setBusy] = useState(false);
  const [reading, setReading] = useState<FileReading | null>(null);
  const stop = useRef<AbortController | null>(null);
  const cancel = (): void => stop.current?.abort();
  useEffect(() => cancel, []);

  /** Null where it was cancelled: nothing was registered then. Throws what the backend answers. */
  async function register(input: Parameters<typeof api.registry.registerModel>[0]): Promise<ModelVersion | null> {
    const { signal } = (stop.current = new AbortController());
    setBusy(true);
    try {
      const file = input.configuration?.file;
      if (file !== undefined && file !== "starter") {
        const startedAt = performance.now();
        for await (const soFar of await api.servers.readFile({ file }, { signal }))
          setReading({ ...soFar, elapsedMs: performance.now() - startedAt });
        signal.throwIfAborted(); // a stream may also end where it is cancelled
      }
      return await api.registry.registerModel(input, { signal });
    } catch (error) {
      if (isCancelled(error, signal)) return null;
      throw error;
    } finally {
      setReading(null);
      setBusy(false);
    }
  }
  return { busy, reading, register, cancel };
}
