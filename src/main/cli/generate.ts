import { assertNever } from "../failure.ts";
import type { InferenceEvent } from "../../shared/contract/inference.ts";
import { given, type Invocation, numberOption, textOption } from "./invocation.ts";

/** Streams a checked, logged answer; with `--json` as NDJSON events. Exits with 1 when the call failed. */
export async function generate({ client, rest, options, print, signal }: Invocation): Promise<number> {
  const events = await client.inference.generate(
    {
      useCase: textOption(options, "use-case") ?? "story_generation",
      prompt: rest.join(" "),
      options: given({
        seed: numberOption(options, "seed"),
        maxTokens: numberOption(options, "max-tokens"),
        temperature: numberOption(options, "temperature"),
        threads: numberOption(options, "threads"),
      }),
    },
    { signal },
  );
  let failed = false;
  for await (const event of events) {
    failed ||= event.type === "failed";
    if (options["json"] === true) print(`${JSON.stringify(event)}\n`);
    else tell(event, print);
  }
  return failed ? 1 : 0;
}

function tell(event: InferenceEvent, print: (text: string) => void): void {
  switch (event.type) {
    case "started":
      return;
    case "token":
      return print(event.text);
    case "held":
      console.error(`\n${event.reason}`);
      return print(event.fallback);
    case "done": {
      const { completionTokens, timings, finishReason, inferenceId } = event;
      const speed =
        completionTokens !== null && timings.decodeMs
          ? `, ${Math.round((completionTokens / timings.decodeMs) * 1000)} tokens/s`
          : "";
      print("\n");
      console.error(
        `${event.model} ${event.version}, ${finishReason}, ${Math.round(timings.totalMs)} ms${speed}, log ${inferenceId}`,
      );
      return;
    }
    case "failed":
      console.error(`${event.message} ${event.remedy}`);
      return;
    default:
      return assertNever(event);
  }
}
