/** How far a transfer is. Bytes, bytes a second, and seconds; null where it is too early to measure. */
export interface TransferProgress {
  readonly bytesDone: number;
  readonly bytesTotal: number;
  readonly bytesPerSecond: number | null;
  readonly secondsLeft: number | null;
}

const windowMs = 5_000;
const earliestMs = 500;

/**
 * Sums up the layers of a transfer and measures its speed over the last 5 seconds. What a layer had when it was first heard of
 * (it was there before, or is being resumed) counts as done, but not as speed.
 */
export class Transfer {
  readonly #layers = new Map<string, { readonly doneBytes: number; readonly totalBytes: number }>();
  #movedBytes = 0;
  /** The oldest one is at most `windowMs` old, but for the last before that. */
  #samples: { readonly atMs: number; readonly movedBytes: number }[] = [];

  report(layer: string, doneBytes: number, totalBytes: number, nowMs: number): TransferProgress {
    const before = this.#layers.get(layer);
    // A server that fetches a part again counts back; that is no speed.
    if (before !== undefined) this.#movedBytes += Math.max(0, doneBytes - before.doneBytes);
    this.#layers.set(layer, { doneBytes, totalBytes });
    this.#samples.push({ atMs: nowMs, movedBytes: this.#movedBytes });
    while ((this.#samples[1]?.atMs ?? nowMs) <= nowMs - windowMs) this.#samples.shift();
    return this.#progress(nowMs);
  }

  #progress(nowMs: number): TransferProgress {
    const layers = [...this.#layers.values()];
    const bytesDone = layers.reduce((sum, layer) => sum + layer.doneBytes, 0);
    const bytesTotal = layers.reduce((sum, layer) => sum + layer.totalBytes, 0);
    const oldest = this.#samples[0] ?? { atMs: nowMs, movedBytes: this.#movedBytes };
    const elapsedMs = nowMs - oldest.atMs;
    const bytesPerSecond = elapsedMs < earliestMs ? null : ((this.#movedBytes - oldest.movedBytes) / elapsedMs) * 1_000;
    const secondsLeft =
      bytesPerSecond === null || bytesPerSecond === 0 ? null : (bytesTotal - bytesDone) / bytesPerSecond;
    return { bytesDone, bytesTotal, bytesPerSecond, secondsLeft };
  }
}
