import { expect, test } from "vitest";
import { createOllamaProvider } from "../../../src/main/inference/providers/ollama/ollama-provider.ts";
import { slow, streamText } from "../../kit/servers/ollama-scripts.ts";
import { startOllamaServer } from "../../kit/servers/ollama-server.ts";
import { collect, shortRequest, textOf } from "./conformance.ts";

const overFiveMinutesMs = 310_000;

test(
  "five minutes without a status line, or between two tokens, are no end of an answer",
  { timeout: 400_000 },
  async () => {
    const server = await startOllamaServer();
    const provider = createOllamaProvider({ defaultEndpoint: server.url, deadlines: { betweenTokensMs: 600_000 } });
    const pause = { do: "wait", ms: overFiveMinutesMs } as const;
    const scripts = [
      slow(overFiveMinutesMs, "At last."),
      { steps: [...streamText("At").steps.slice(0, 1), pause, ...streamText(" last.").steps] },
    ];
    server.use((_request, index) => scripts[index] ?? streamText("too many"));
    const ask = () => collect(provider.stream(shortRequest("smollm2:135m"), new AbortController().signal));
    const answers = await Promise.all([ask(), ask()]);
    expect(answers.map((events) => textOf(events))).toEqual(["At last.", "At last."]);
    await provider.close();
    await server.close();
  },
);
