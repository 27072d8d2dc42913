import type { MessagePortMain } from "electron";
import type { BackendOptions } from "../backend.ts";
import { Failure } from "../base/failure.ts";
import { log } from "../base/logger.ts";

/** Why the backend did not start, as sentences for a person. */
export interface StartFailure {
  readonly message: string;
  readonly remedy: string;
}

interface Started {
  readonly serve: (port: MessagePortMain) => void;
  /** Resolves when everything acknowledged is on disk. */
  readonly close: () => Promise<void>;
}

/**
 * Holds the one backend of this app. It is imported only when opened, behind the window, so that a missing native module
 * or a broken database is a failure to show instead of an app that never appears. May be opened again after a failure.
 */
export class BackendSlot {
  closed = false;
  failure: StartFailure | undefined;
  readonly #options: BackendOptions;
  readonly #failureListeners: (() => void)[] = [];
  #started: Promise<Started> | undefined;

  constructor(options: BackendOptions) {
    this.#options = options;
  }

  open(): void {
    this.failure = undefined;
    const started = startBackend(this.#options);
    this.#started = started;
    started.catch((error: unknown) => {
      this.failure = describe(error);
      for (const notify of this.#failureListeners) notify();
    });
  }

  onFailure(listener: () => void): void {
    this.#failureListeners.push(listener);
  }

  /** Answers on a page's port; messages that the page sends before the backend is there wait in the port. */
  serve(port: MessagePortMain): void {
    this.#started?.then(
      ({ serve }) => serve(port),
      () => port.close(),
    );
  }

  /** Resolves when everything acknowledged is on disk; a backend that never started has nothing to close. */
  async close(): Promise<void> {
    try {
      const started = await this.#started?.catch(() => undefined);
      await started?.close();
    } finally {
      this.closed = true;
    }
  }
}

async function startBackend(options: BackendOptions): Promise<Started> {
  const [{ DatabasePool }, { startProcessLog }] = await Promise.all([
    import("../db/pool.ts"),
    import("../host/process-log.ts"),
  ]);
  // First, so that nothing is written into the log of another process that has the directory open.
  const database = await DatabasePool.open(options.databaseWorker, options.dataDirectory);
  const logging = startProcessLog(options);
  try {
    const [{ createBackend }, { RPCHandler }] = await Promise.all([
      import("../backend.ts"),
      import("@orpc/server/message-port"),
    ]);
    const backend = await createBackend({ ...options, database });
    const handler = new RPCHandler(backend.router);
    return {
      serve(port) {
        handler.upgrade(port);
        port.start();
      },
      async close() {
        await backend.close();
        logging[Symbol.dispose]();
      },
    };
  } catch (error) {
    log.error("the backend did not start", error);
    logging[Symbol.dispose]();
    await database.close().catch(() => {}); // the failure to start is what is shown
    throw error;
  }
}

function describe(error: unknown): StartFailure {
  if (error instanceof Failure) return { message: error.message, remedy: error.data.remedy };
  return {
    message: error instanceof Error ? error.message : String(error),
    remedy: "Try again. If it happens each time, open another data folder, or install Taleward's dependencies anew.",
  };
}
