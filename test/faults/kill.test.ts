import { test } from "vitest";
import { runsAll } from "../kit/tier.ts";
import { killWhileStreaming } from "./kill-while-streaming.ts";

test(
  "kill -9 while streaming: nothing acknowledged is missing, nothing stays running, text is back but for the last moments",
  () => killWhileStreaming(runsAll ? 8 : 4, 3_000),
  120_000,
);
