import type { Cooldowns } from "./cooldowns.ts";
import type { EndpointQueue } from "./endpoint-queue.ts";

/** The address with the fewest calls that is not left alone; where all are, the one that is soonest tried again. */
export function chooseAddress(
  addresses: readonly string[],
  queue: Pick<EndpointQueue, "running" | "queued">,
  cooldowns: Pick<Cooldowns, "isOpen" | "remainingMs">,
): string {
  const [first, ...others] = addresses;
  if (first === undefined) throw new Error("a version has at least one address");
  const busy = (address: string) => queue.running(address) + queue.queued(address);
  let best = first;
  for (const address of others) {
    if (cooldowns.isOpen(address) !== cooldowns.isOpen(best)) {
      if (cooldowns.isOpen(address)) best = address;
    } else if (!cooldowns.isOpen(address)) {
      if ((cooldowns.remainingMs(address) ?? 0) < (cooldowns.remainingMs(best) ?? 0)) best = address;
    } else if (busy(address) < busy(best)) best = address;
  }
  return best;
}
