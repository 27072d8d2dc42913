import { test } from "vitest";
import { killWhileStreaming } from "./kill-while-streaming.ts";

test("kill -9 while streaming, 50 times: nothing acknowledged is missing, nothing stays running, text is back to within a second", () =>
  killWhileStreaming(50, 1_000));
