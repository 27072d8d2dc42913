import { expect, test } from "vitest";
import { noteActivity } from "../../../src/main/base/activity.ts";
import { type LogLine, logTo } from "../../../src/main/base/logger.ts";
import { watchMainLoop } from "../../../src/main/host/loop-watch.ts";
import { waitFor } from "../../kit/wait-for.ts";

test("a turn of the main loop that takes too long is logged with the routes that were called", async () => {
  const lines: LogLine[] = [];
  using _logging = logTo({ write: (line) => void lines.push(line) });
  using _watching = watchMainLoop();
  // The first sample begins only when the loop turns.
  await new Promise((resolve) => setTimeout(resolve, 50));
  noteActivity("logs.list");
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
  await waitFor(() => expect(lines).not.toEqual([]));
  const [line] = lines;
  expect(line).toMatchObject({
    level: "warn",
    event: "slow turn of the main loop",
    context: { during: ["logs.list"] },
  });
  expect(line?.context["blockedMs"]).toBeGreaterThanOrEqual(150);
});
