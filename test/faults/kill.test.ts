import { test } from "vitest";
import { killWhileStreaming } from "./kill-while-streaming.ts";

test(
  "kill -9 while streaming: nothing acknowledged is missing, nothing stays running, text is back but for the last moments",
  () => killWhileStreaming(8, 3_000),
  120_000,
);
