import type { Measured } from "./measures.ts";

const latencies = [
  "msPerToken",
  "serverMsPerToken",
  "ownMsPerToken",
  "msPerByte",
  "totalMs",
  "firstTokenMs",
  "tail",
] as const;
const events = ["errors", "violations", "fallbacks"] as const;

interface Sum {
  sum: number;
  count: number;
}

/** One summary of a session's calls: the geometric mean of each latency, whether any event happened, the mean rating. */
export class SessionSummary {
  readonly #sums = new Map<keyof Measured, Sum>();
  #calls = 0;

  get calls(): number {
    return this.#calls;
  }

  add(metrics: Measured): void {
    this.#calls += 1;
    for (const latency of latencies) {
      const value = metrics[latency];
      if (value !== undefined && value > 0) this.#add(latency, Math.log(value));
    }
    for (const event of events) this.#add(event, metrics[event]);
    this.#add("rating", metrics.rating);
    this.#add("loadMs", metrics.loadMs);
  }

  metrics(): Measured {
    const metrics: Measured = {};
    for (const [name, { sum, count }] of this.#sums)
      metrics[name] = isLatency(name)
        ? Math.exp(sum / count)
        : isEvent(name)
          ? sum > 0
            ? 1
            : 0
          : name === "loadMs"
            ? sum
            : sum / count;
    return metrics;
  }

  #add(name: keyof Measured, value: number | undefined): void {
    if (value === undefined) return;
    const known = this.#sums.get(name);
    if (known) {
      known.sum += value;
      known.count += 1;
    } else this.#sums.set(name, { sum: value, count: 1 });
  }
}

function isLatency(name: keyof Measured): boolean {
  return latencies.some((latency) => latency === name);
}

function isEvent(name: keyof Measured): boolean {
  return events.some((event) => event === name);
}
