import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type LogLine, logTo } from "../../../src/main/base/logger.ts";
import { jobId } from "../../../src/shared/contract/ids.ts";
import { Failure } from "../../../src/main/base/failure.ts";
import { ProviderError } from "../../../src/main/inference/provider.ts";
import { type JobWork, ServerJobs } from "../../../src/main/inference/servers/server-jobs.ts";
import { waitFor } from "../../kit/wait-for.ts";

const pull = { kind: "pull", endpoint: "http://127.0.0.1:11434", model: "m" } as const;
const untilStopped: JobWork = (_report, signal) =>
  new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason), { once: true }));

let jobs: ServerJobs;
beforeEach(() => {
  jobs = new ServerJobs(() => 1_700_000_000_000);
});
afterEach(() => jobs.close());

test("a job tells of its progress and its end", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const started = jobs.start(pull, null, async (report) => {
    report({ status: "pulling", bytesDone: 5, bytesTotal: 10, bytesPerSecond: 2, secondsLeft: 2.5 });
    await promise;
  });
  const running = {
    ...pull,
    id: started.id,
    state: "running",
    status: "starting",
    bytesDone: null,
    bytesTotal: null,
    bytesPerSecond: null,
    secondsLeft: null,
    startedAtMs: 1_700_000_000_000,
    error: null,
  };
  expect(started).toEqual(running);
  await waitFor(() => expect(jobs.list()).toMatchObject([{ status: "pulling", bytesDone: 5, secondsLeft: 2.5 }]));
  resolve();
  await waitFor(() =>
    expect(jobs.list()).toEqual([
      {
        ...running,
        state: "done",
        status: "pulling",
        bytesDone: 5,
        bytesTotal: 10,
        bytesPerSecond: null,
        secondsLeft: null,
      },
    ]),
  );
});

test.each([
  [
    "a server's failure",
    new ProviderError("refused", "Not there.", "Start it."),
    { message: "Not there.", remedy: "Start it." },
  ],
  ["our own", new Failure("BAD_REQUEST", "No.", { remedy: "Try so." }), { message: "No.", remedy: "Try so." }],
])("a job that fails by %s says what and what to do", async (_name, thrown, error) => {
  jobs.start(pull, null, () => Promise.reject(thrown));
  await waitFor(() => expect(jobs.list()).toMatchObject([{ state: "failed", error }]));
});

test("a bug in a job is logged and told as ours", async () => {
  const write = vi.fn<(line: LogLine) => void>();
  using _logging = logTo({ write });
  jobs.start(pull, null, () => Promise.reject(new TypeError("x is not a function")));
  await waitFor(() => expect(jobs.list()).toMatchObject([{ state: "failed" }]));
  expect(jobs.list()[0]?.error?.message).toBe("Something went wrong inside Taleward: x is not a function");
  expect(write).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ level: "error" }));
});

test("the same work asked for twice is one job while it runs, and a new one afterwards", async () => {
  const first = jobs.start(pull, "same", untilStopped);
  expect(jobs.start(pull, "same", untilStopped).id).toBe(first.id);
  expect(jobs.start(pull, "other", untilStopped).id).not.toBe(first.id);
  expect(await jobs.cancel(first.id)).toMatchObject({ id: first.id, state: "cancelled", error: null });
  expect(jobs.start(pull, "same", untilStopped).id).not.toBe(first.id);
});

test("cancelling what has ended leaves it as it is, and what never was is refused", async () => {
  const done = jobs.start(pull, null, () => Promise.resolve());
  await waitFor(() => expect(jobs.list()[0]?.state).toBe("done"));
  expect(await jobs.cancel(done.id)).toMatchObject({ state: "done" });
  const unknown = jobId.parse("01890a5d-ac96-774b-bcce-b302099a8057");
  await expect(jobs.cancel(unknown)).rejects.toMatchObject({
    code: "NOT_FOUND",
    data: { field: "jobId", value: unknown },
  });
});

test("keeps the last hundred that ended, and every one that runs", async () => {
  const running = jobs.start(pull, null, untilStopped);
  for (let count = 0; count < 130; count++) jobs.start({ ...pull, model: `m${count}` }, null, () => Promise.resolve());
  await waitFor(() => expect(jobs.list()).toHaveLength(101));
  expect(jobs.list().at(-1)?.id).toBe(running.id);
  expect(jobs.list()[0]?.model).toBe("m129");
  expect(await jobs.cancel(running.id)).toMatchObject({ state: "cancelled" });
  expect(jobs.list()).toHaveLength(100);
  expect(jobs.list().at(-1)?.id).toBe(running.id);
});

test("a watch gets all jobs at once, then bursts as one, and the last state always", async () => {
  const stop = new AbortController();
  const seen: string[][] = [];
  const watching = (async () => {
    for await (const { jobs: all } of jobs.watch(stop.signal))
      seen.push(all.map(({ state, status }) => `${state} ${status}`));
  })();
  await waitFor(() => expect(seen).toEqual([[]]));
  jobs.start(pull, null, async (report) => {
    for (let step = 0; step < 1_000; step++) report({ status: `step ${step}` });
  });
  await waitFor(() => expect(seen.at(-1)).toEqual(["done step 999"]));
  expect(seen.length).toBeLessThanOrEqual(3);
  stop.abort();
  await watching;
});

test("closing cancels what runs and ends every watch", async () => {
  const watching = Array.fromAsync(jobs.watch(undefined));
  jobs.start(pull, null, untilStopped);
  await jobs.close();
  await watching;
  expect(jobs.list()).toMatchObject([{ state: "cancelled" }]);
  const late = jobs.start(pull, null, untilStopped);
  expect(await jobs.cancel(late.id)).toMatchObject({ state: "cancelled" });
});
