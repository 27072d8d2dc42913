import type { ServerJob } from "../../shared/contract/servers.ts";
import { answer, type Invocation, requiredWord, textOption } from "./invocation.ts";
import { bytes, remaining } from "../../shared/format.ts";
import { plain } from "./text.ts";

/** Fetches a model to a server and shows how far it is. Ctrl C cancels; pulling again resumes. Exits with 1 when it failed. */
export async function pullModel(invocation: Invocation): Promise<number> {
  const { client, options, signal } = invocation;
  const model = requiredWord(invocation, "The model's name", "taleward models pull smollm2:135m");
  const endpoint = textOption(options, "endpoint") ?? (await client.app.info()).ollamaEndpoint;
  const job = await client.servers.pull({ endpoint, model });
  const end = signal.aborted ? null : await follow(invocation, job);
  const ended = end ?? (await client.servers.cancel({ jobId: job.id }));
  return report(invocation, ended);
}

/** Shows the job until it ends; null when Ctrl C came first. */
async function follow(invocation: Invocation, { id }: ServerJob): Promise<ServerJob | null> {
  const { client, signal } = invocation;
  const progress = new ProgressLine(invocation);
  try {
    for await (const { jobs } of await client.servers.jobs(undefined, { signal })) {
      const job = jobs.find((one) => one.id === id);
      if (!job) continue;
      progress.show(job);
      if (job.state !== "running") return job;
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    progress.end();
  }
  return null;
}

function report(invocation: Invocation, job: ServerJob): number {
  const { json, note } = invocation;
  if (json) invocation.print(`${JSON.stringify(job)}\n`);
  switch (job.state) {
    case "done":
      if (!json) answer(invocation, job, () => `${job.model} is on ${job.endpoint}.\n`);
      return 0;
    case "failed":
      note(`${job.error?.message ?? `${job.model} could not be fetched.`} ${job.error?.remedy ?? ""}\n`);
      return 1;
    case "cancelled":
    case "running": // cancelled, but the last event came before that
      note("Cancelled. What was fetched is kept on the server: pulling again resumes there.\n");
      return 1;
  }
}

/** One line that is drawn again on a terminal; elsewhere a line whenever the step or the per cent changes. */
class ProgressLine {
  readonly #invocation: Invocation;
  #last = "";
  #drawn = false;

  constructor(invocation: Invocation) {
    this.#invocation = invocation;
  }

  show(job: ServerJob): void {
    const { json, print, note, terminal } = this.#invocation;
    const percent = percentOf(job);
    const step = `${job.status} ${percent ?? ""}`;
    if (terminal.stderr && !json) {
      note(`\r${line(job)}\u001b[K`);
      this.#drawn = true;
    } else if (step !== this.#last && job.state === "running") {
      if (json) print(`${JSON.stringify(job)}\n`);
      else note(`${line(job)}\n`);
    }
    this.#last = step;
  }

  end(): void {
    if (this.#drawn) this.#invocation.note("\n");
  }
}

function percentOf({ bytesDone, bytesTotal }: ServerJob): number | null {
  return bytesDone === null || !bytesTotal ? null : Math.floor((bytesDone / bytesTotal) * 100);
}

function line(job: ServerJob): string {
  const percent = percentOf(job);
  const parts = [
    percent === null ? null : `${bar(percent)} ${percent} %`,
    job.bytesDone === null || job.bytesTotal === null ? null : `${bytes(job.bytesDone)} of ${bytes(job.bytesTotal)}`,
    job.bytesPerSecond === null ? null : `${bytes(job.bytesPerSecond)}/s`,
    job.secondsLeft === null ? null : `${remaining(job.secondsLeft * 1_000)} left`,
  ];
  return [plain(job.status), ...parts.filter((part) => part !== null)].join("  ");
}

function bar(percent: number): string {
  const full = Math.round(percent / 5);
  return `${"█".repeat(full)}${"░".repeat(20 - full)}`;
}
