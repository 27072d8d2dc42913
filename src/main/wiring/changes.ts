import { type ChangeTopic, changeTopic } from "../../shared/contract/app.ts";
import type { ChangeFeed } from "../base/change-feed.ts";
import { WakeUp } from "../base/wake-up.ts";

/** Notifies its listeners of what has changed. A listener that is slow gets a burst as one. */
export class Changes implements ChangeFeed {
  readonly #listeners = new Set<(topic: ChangeTopic) => void>();

  announce(topic: ChangeTopic): void {
    for (const listener of this.#listeners) listener(topic);
  }

  listen(listener: (topic: ChangeTopic) => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  /** Every topic once at the start, then each as it changes, until the signal aborts. */
  async *watch(signal: AbortSignal | undefined): AsyncGenerator<{ topics: ChangeTopic[] }> {
    const pending = new Set<ChangeTopic>(changeTopic.options);
    const woken = new WakeUp();
    const listening = this.listen((topic) => {
      pending.add(topic);
      woken.wake();
    });
    const stop = () => woken.wake();
    signal?.addEventListener("abort", stop);
    try {
      while (!signal?.aborted) {
        if (pending.size === 0) await woken.wait();
        if (pending.size === 0) continue;
        const topics = [...pending];
        pending.clear();
        yield { topics };
      }
    } finally {
      listening[Symbol.dispose]();
      signal?.removeEventListener("abort", stop);
    }
  }
}
