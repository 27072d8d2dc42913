import { WakeUp } from "./wake-up.ts";

/**
 * The events of work that goes on to its end when their reader goes away. What comes after that is dropped, and an error of the
 * work is then nobody's: the work reports it in its own way.
 */
export async function* detached<Event>(
  events: AsyncIterable<Event>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Event> {
  const ready: Event[] = [];
  const woken = new WakeUp();
  let isLeft = false;
  let isEnded = false;
  const leave = (): void => {
    isLeft = true;
    ready.length = 0;
    woken.wake();
  };
  signal?.addEventListener("abort", leave, { once: true });
  const reading = (async () => {
    try {
      for await (const event of events) {
        if (isLeft) continue;
        ready.push(event);
        woken.wake();
      }
    } finally {
      isEnded = true;
      woken.wake();
    }
  })();
  reading.catch(() => {}); // thrown to the reader below, while there is one
  try {
    while (!signal?.aborted) {
      woken.clear();
      const event = ready.shift();
      if (event !== undefined) yield event;
      else if (isEnded) return await reading;
      else await woken.wait();
    }
  } finally {
    leave();
    signal?.removeEventListener("abort", leave);
  }
}
