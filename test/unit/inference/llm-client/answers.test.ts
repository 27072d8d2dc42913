import { expect, test } from "vitest";
import type { ResponseFormat } from "../../../../src/shared/contract/inference.ts";
import { shownCard } from "../../../kit/card.ts";
import { type FakeStream, result, scripted, streaming } from "../../../kit/fake-streams.ts";
import { composing, textCall, client, chain, textOf } from "../../../kit/llm-client.ts";

const numberSchema: ResponseFormat = { type: "object", required: ["a"], properties: { a: { type: "number" } } };

test("an answer that does not fit its format is repaired out of sight, and repairs are counted in the chain", async () => {
  const { ended, requests, generate } = client({}, [
    streaming("Sure! Here."),
    streaming('{"a":"x"}'),
    streaming('{"a":1}'),
  ]);
  const events = await generate({ compose: composing({ format: numberSchema }) });
  expect(textOf(events)).toBe('{"a":1}');
  expect(chain(ended[0]?.attempts)).toEqual([
    "1 failed invalid_output repair",
    "1 failed invalid_output repair",
    "1 answered null end",
  ]);
  expect(requests[2]?.messages.map(({ role }) => role)).toEqual(["user", "assistant", "user"]);
  expect(requests[2]?.messages[1]?.content).toBe('{"a":"x"}');
});

test("an answer that never fits goes down the chain and fails with the reason", async () => {
  const { ended, generate } = client(
    {},
    Array.from({ length: 5 }, () => streaming("No.")),
  );
  const events = await generate({ compose: composing({ format: "json" }) });
  expect(events.at(-1)).toMatchObject({ type: "failed", errorClass: "invalid_output" });
  expect(textOf(events)).toBe("");
  expect(chain(ended[0]?.attempts).map((line) => line.slice(-8))).toEqual([
    "t repair",
    "t repair",
    "fallback",
    "fallback",
    "tput end",
  ]);
});

test("a format that is no schema is refused before anything is written", async () => {
  const { log, generate } = client();
  await expect(generate({ compose: composing({ format: { type: "verse" } }) })).rejects.toMatchObject({
    code: "BAD_REQUEST",
    data: { field: "options.format" },
  });
  expect(log).toEqual([]);
});

test("thoughts are told apart from the answer and kept with it; tools that are called are told and logged", async () => {
  const call = { id: "1", name: "roll", arguments: { sides: 6 } };
  const { ended, generate } = client({}, [
    scripted([
      { type: "thought", text: "The dice decide. " },
      { type: "thought", text: "Roll them." },
      { type: "tool_call", call },
      { type: "result", result: { ...result, finishReason: "tool_calls" } },
    ]),
  ]);
  const events = await generate();
  expect(events.map(({ type }) => type)).toEqual(["started", "thought", "thought", "tool_call", "done"]);
  expect(ended[0]).toMatchObject({
    thoughts: "The dice decide. Roll them.",
    toolCalls: [call],
    response: "",
    finishReason: "tool_calls",
  });
});

test("what must not be said is held in thoughts and in a tool's arguments too", async () => {
  const number = "Her number is 415-555-0134 and her card is 4111 1111 1111 1111, exp 09/29, cvv 123. ";
  const inThoughts = client({}, [
    scripted([
      { type: "thought", text: number },
      { type: "text", text: "It was night." },
      { type: "result", result },
    ]),
  ]);
  const events = await inThoughts.generate();
  expect(JSON.stringify(events)).not.toMatch(shownCard);
  expect(inThoughts.ended[0]?.thoughtFindings.original).toBe(number);
  expect(textOf(events)).toBe("It was night.");

  const inTool = client({}, [
    scripted([
      { type: "tool_call", call: { id: "1", name: "mail", arguments: { body: number } } },
      { type: "result", result },
    ]),
  ]);
  const received = await inTool.generate();
  expect(JSON.stringify(received)).not.toMatch(shownCard);
  expect(received.at(-1)).toMatchObject({ type: "done", finishReason: "held" });
});

test("what went over the wire is told to whoever listens: the answer at the end, and not when it was held", async () => {
  const wire = (text: string): FakeStream => ({
    stopped: () => false,
    async *stream(request) {
      request.observe?.({ type: "wire_request", method: "POST", url: "http://1/api/chat", body: "{}" });
      yield { type: "text", text };
      request.observe?.({ type: "wire_response", status: 200, body: text });
      yield { type: "result", result };
    },
  });
  const listen = async (text: string) => {
    const { llm } = client({}, [wire(text)]);
    const types = [];
    for await (const event of llm.generateTextWithWire(textCall())) types.push(event.type);
    return types;
  };
  expect(await listen("It was night.")).toEqual(["started", "wire_request", "token", "wire_response", "done"]);
  expect(await listen("My card is 4111 1111 1111 1111, exp 09/29, cvv 123.")).not.toContain("wire_response");
});
