import { broadcastThroughKills } from "../../faults/coordination-kills.ts";
import type { Figure } from "../figures.ts";

const crashes = 8;
const seed = 5;

/** What three subscribers made of updates, one flaky, one away for half of the time, with crashes in between. */
export async function broadcastFigures(): Promise<Figure[]> {
  const { missed, again, disordered, updates, requests } = await broadcastThroughKills(crashes, seed);
  const group = `${updates} updates to three subscribers, ${crashes} kills in between`;
  return [
    {
      group,
      metric: "requests to the flaky one",
      value: requests,
      unit: "requests",
      target: updates + 1,
      atLeast: true,
    },
    { group, metric: "missed", value: missed.length, unit: "updates", target: 0 },
    { group, metric: "in effect more than once", value: again.length, unit: "updates", target: 0 },
    { group, metric: "told out of order", value: disordered.length, unit: "subscribers", target: 0 },
  ];
}
