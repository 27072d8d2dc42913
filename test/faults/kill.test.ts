import { test } from "vitest";
import { killWhileStreaming } from "./kill-while-streaming.ts";

test(
  "kill -9 while streaming: nothing acknowledged is missing, nothing stays running, text is back to within a second",
  () => killWhileStreaming(8),
  120_000,
);
