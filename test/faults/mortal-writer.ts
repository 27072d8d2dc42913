import { parentPort } from "node:worker_threads";

// The database's worker, but for a write with these words in it, which ends the thread as running out of memory would. It listens
// before the worker does: what ends here is never answered.
parentPort?.on("message", (request: unknown) => {
  if (JSON.stringify(request).includes("the end of the thread")) process.exit(7);
});

const { checkpoint, read } = await import("../../src/main/db/worker.ts");
export { checkpoint, read };
