import type { InferenceEvent } from "../../shared/contract/inference.ts";
import { counted } from "../../shared/format.ts";
import { assertNever } from "../base/failure.ts";
import { withoutUndefined } from "../base/without-undefined.ts";
import { readWords } from "./input-file.ts";
import { type Invocation, numberOption, textOption } from "./invocation.ts";
import { nameOf } from "./named-version.ts";
import { milliseconds, perSecond, plain } from "./text.ts";

/** Streams a checked, logged answer; with `--json` as NDJSON events. Exits with 1 when the call failed. */
export async function generate(invocation: Invocation): Promise<number> {
  const { client, options, json, print, note, signal } = invocation;
  const prompt = await readWords(invocation, "The prompt", 'taleward generate "A storm at sea"');
  const events = await client.inference.generate(
    {
      useCase: textOption(options, "use-case") ?? "story_generation",
      prompt,
      options: withoutUndefined({
        seed: numberOption(options, "seed"),
        maxTokens: numberOption(options, "max-tokens"),
        temperature: numberOption(options, "temperature"),
        threads: numberOption(options, "threads"),
      }),
    },
    { signal },
  );
  let failed = false;
  let leftOut = 0;
  for await (const event of events) {
    failed ||= event.type === "failed";
    if (event.type === "left_out" && event.reason !== "space") leftOut += 1;
    if (json) print(`${JSON.stringify(event)}\n`);
    else show(event, invocation);
  }
  if (!json && leftOut > 0)
    note(`${counted(leftOut, "sentence")} of a small model left out: logs show has all that it wrote.\n`);
  return failed ? 1 : 0;
}

function show(event: InferenceEvent, { print, note, terminal }: Invocation): void {
  switch (event.type) {
    case "started":
      return;
    case "attempt":
      return note(`${nameOf(event.failed)}: ${event.failed.message ?? "failed"} Trying ${nameOf(event)}.\n`);
    case "thought":
      // Dim, and only for a person: what is piped on is the answer.
      if (terminal.stdout) print(`\u001b[2m${plain(event.text)}\u001b[22m`);
      return;
    case "left_out":
      return; // counted at the end
    case "text_was_thought":
      return note("\nAll of the above was the model's thinking; its answer follows.\n");
    case "token":
      return print(terminal.stdout ? plain(event.text) : event.text);
    case "tool_call":
      return print(`${event.call.name}(${JSON.stringify(event.call.arguments)})\n`);
    case "held":
      note(`\n${event.reason}\n`);
      return print(event.fallback);
    case "done": {
      const { completionTokens, timings, finishReason, inferenceId, promptTruncated } = event;
      const speed =
        completionTokens !== null && timings.decodeMs
          ? `, ${perSecond((completionTokens / timings.decodeMs) * 1000)}`
          : "";
      print("\n");
      if (promptTruncated) note("The server cut the prompt to its context window.\n");
      return note(`${nameOf(event)}, ${finishReason}, ${milliseconds(timings.totalMs)}${speed}, log ${inferenceId}\n`);
    }
    case "failed":
      return note(`${event.message} ${event.remedy}\n`);
    default:
      return assertNever(event);
  }
}
