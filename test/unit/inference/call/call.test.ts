import { expect, test } from "vitest";
import { outcomeFrom } from "../../../../src/main/inference/call/call-record.ts";
import { CallStop } from "../../../../src/main/inference/call/call-stop.ts";
import { Call, type CallPorts } from "../../../../src/main/inference/call/call.ts";
import type { DigestVerifier } from "../../../../src/main/inference/ports.ts";
import { CircuitBreaker } from "../../../../src/main/inference/routing/circuit-breaker.ts";
import { EndpointQueue } from "../../../../src/main/inference/routing/endpoint-queue.ts";
import {
  ProviderError,
  type ProviderEvent,
  type ProviderRequest,
  type ProviderResult,
} from "../../../../src/main/inference/provider.ts";
import { inferenceId } from "../../../../src/shared/contract/ids.ts";
import type {
  GenerationOptions,
  InferenceEvent,
  ResponseFormat,
  WireEvent,
} from "../../../../src/shared/contract/inference.ts";
import { shownCard } from "../../../kit/card.ts";
import { FakeClock } from "../../../kit/fake-clock.ts";
import { fakeGuard, version } from "../../../kit/llm-client.ts";
import { schemas } from "../../../kit/schemas.ts";

const card = "My card is 4111 1111 1111 1111, exp 09/29, cvv 123.";
const mail = "Write to ada.byron@analytical-engine.org.";
const numberSchema: ResponseFormat = { type: "object", required: ["a"], properties: { a: { type: "number" } } };

test("the answer's bytes are told at the end where everything in them was cleared", async () => {
  expect((await call([reply("It was night.")])).bytes).toEqual([bytesOf("It was night.")]);
  expect((await call([[thought("A night. "), text("It was night."), end]])).bytes).toHaveLength(1);
});

test("the bytes are not told where a thought was held, though the answer was shown", async () => {
  const { ending, shown, bytes } = await call([[thought(card), text("It was night."), end]]);
  expect([ending.outcome, shown.text, bytes]).toEqual(["completed", "It was night.", []]);
});

test("the bytes are not told where an earlier attempt of the call had its thoughts held", async () => {
  const { ending, bytes } = await call([[thought(card), text("No."), end], reply('{"a":1}')], { format: numberSchema });
  expect([ending.outcome, bytes]).toEqual(["completed", []]);
});

test("of an answer without its format nothing that has to be held is told: no bytes, no request that repeats it, no reason that quotes it", async () => {
  for (const answer of [card, "4111 1111 1111 1111", '{"4111 1111 1111 1111":"x"}']) {
    const received = await call([reply(answer), reply(answer), reply(answer)], {
      format: { type: "object", additionalProperties: { type: "number" } },
    });
    expect(received.ending.error?.errorClass).toBe("invalid_output");
    expect(received.bytes).toEqual([]);
    expect(JSON.stringify([received.events, received.ending.error, received.ending.attempts])).not.toMatch(shownCard);
    expect(received.requests[1]?.messages[1]?.content).toBe(answer); // the model itself is told
    expect(received.requests[1]?.messages[2]?.content).not.toContain("was held");
  }
});

test("of an answer without its format that has nothing in it to hold the bytes are told", async () => {
  const { bytes, events } = await call([reply("No."), reply("No."), reply("Never.")], { format: "json" });
  expect(bytes).toEqual([bytesOf("Never.")]);
  expect(events.filter(({ type }) => type === "wire_request")).toHaveLength(3);
});

test("of a failed call the bytes are not told where anything was found, mild as it may be", async () => {
  expect((await call([[text(mail), late]])).bytes).toEqual([]);
  expect((await call([reply(mail)])).bytes).toHaveLength(1);
  expect((await call([reply(mail), reply(mail), reply(mail)], { format: "json" })).bytes).toEqual([]);
});

test("a stream that fails with text still waiting is checked, and its bytes are not told where that is held", async () => {
  const waiting = "It was night. The card is 4111 1111 1111 1111";
  const { ending, shown, bytes, events } = await call([[text(waiting), late]]);
  expect(ending.outcome).toBe("failed");
  expect(events.map(({ type }) => type)).toContain("held");
  expect(shown.text).not.toContain("4111");
  expect(bytes).toEqual([]);
});

test("a stream that fails in the middle of a format is checked too, and what came of it is in the log", async () => {
  const { bytes, row, events } = await call([[text(`{"a":"${card}`), late]], { format: "json" });
  expect(bytes).toEqual([]);
  expect(row.original).toBe(`{"a":"${card}`);
  expect(row.verdict.severity).toBe("critical");
  expect(JSON.stringify(events)).not.toMatch(shownCard);
});

test("what waited in an attempt before the last is checked too", async () => {
  const waiting = "4111 1111 1111 1111"; // the gate waits for what may come after it
  const { bytes, row, shown } = await call([[text(waiting), broken], reply("It was night.")]);
  expect([shown.text, row.response, row.original]).toEqual(["It was night.", "It was night.", "It was night."]);
  expect(row.thoughtFindings).toMatchObject({ findings: [{ ruleId: "S7.card-number" }], original: waiting });
  expect(bytes).toEqual([]);
});

test("bytes that never came to be read are checked before they are told, escaped and cut as they are", async () => {
  const unread = (bytes: string) => call([[{ bytes }, late]]);
  const line = (content: string) => JSON.stringify({ message: { content } });
  expect((await unread(`${line("My card is 4111 1111")}\n${line(" 1111 1111, cvv 123.")}`)).bytes).toEqual([]);
  expect((await unread('{"message":{"content":"My card is \\u0034111 1111 1111 1111, cvv')).bytes).toEqual([]);
  expect((await unread('{"error":"the runner fell over"}')).bytes).toHaveLength(1);
});

test("a model that was replaced on its server has its answer checked before the bytes are told", async () => {
  const { ending, bytes } = await call([reply(card)], {}, { digests: { verify: async () => "changed" } });
  expect([ending.error?.errorClass, bytes]).toEqual(["model_changed", []]);
});

test("a built-in version whose file is not read again in its first token's time is passed over, and the circuit breaker of its engine stays closed", async () => {
  const clock = new FakeClock();
  const breaker = new CircuitBreaker(() => clock.monotonicMs());
  const during = async () => {
    await clock.waitsFor(10);
    clock.advance(10);
  };
  const builtIn = { ...first, provider: "embedded" as const, configuration: { deadlines: { firstTokenMs: 10 } } };
  const verify: DigestVerifier["verify"] = async (of) => (of === builtIn ? new Promise<never>(() => {}) : "same");
  for (let times = 0; times < 3; times += 1) {
    const { ending, shown } = await call(
      [reply(card), reply("It was night.")],
      {},
      {
        chain: [builtIn, second],
        breaker,
        digests: { verify },
      },
      { clock, during },
    );
    expect(steps(ending)).toEqual(["1 fallback", "2 end"]);
    expect([shown.text, ending.attempts[0]?.errorClass]).toEqual(["It was night.", "timeout"]);
  }
  expect(breaker.mayCall("http://1/")).toBe(true);
});

test("a file that is replaced while the call waits for the engine is found before anything is shown", async () => {
  const builtIn = { ...first, provider: "embedded" as const };
  const found = ["same", "changed"] as const;
  let checked = 0;
  const { ending, shown } = await call(
    [reply("It was night.")],
    {},
    {
      chain: [builtIn],
      digests: { verify: async () => found[checked++] ?? "changed" },
    },
  );
  expect([ending.error?.errorClass, shown.text]).toEqual(["model_changed", ""]);
});

test("stopped in the middle of a format, what came is checked, and neither shown nor logged as shown", async () => {
  const { ending, row, bytes } = await call([[text(`{"a":"${card}`), stopped]], { format: "json" });
  expect([ending.outcome, row.response, bytes]).toEqual(["stopped", "", []]);
  expect(row.thoughtFindings.findings).toMatchObject([{ ruleId: "S7.card-number" }]);
});

test("the first token is the first of the attempt that is shown, not of one that nobody saw anything of", async () => {
  const broken = new ProviderError("broken_stream", "It broke off.", "Try again.");
  const unseen = await call([[text("It"), broken], [broken]], {}, { chain: [first, second] });
  expect([unseen.shown.text, unseen.row.timings.firstTokenMs]).toEqual(["", null]);
  const seen = await call([[text("It"), broken], reply("It was night.")], {}, { chain: [first, second] });
  expect(seen.row.timings.firstTokenMs).toBe(150); // after the retry
});

test("a failure that quotes what a model said tells nothing that has to be held", async () => {
  const quoting = new ProviderError("invalid_output", `The tool was called with no JSON: ${card}`, "Generate again.");
  const { ending, events } = await call([[quoting]]);
  expect(ending.error).toMatchObject({ errorClass: "invalid_output", remedy: "Generate again." });
  expect(JSON.stringify([ending.error, ending.attempts, events])).not.toMatch(shownCard);
});

test("a model that thinks until its tokens are used up has not answered: it is asked again, then the next version is", async () => {
  const thinking = [thought("Let me see. "), { ...end, result: { ...result, finishReason: "length" as const } }];
  const { ending, requests, shown } = await call(
    [thinking, thinking, thinking, reply('{"a":1}')],
    { format: numberSchema },
    { chain: [first, second] },
  );
  expect(steps(ending)).toEqual(["1 repair", "1 repair", "1 fallback", "2 end"]);
  expect([ending.outcome, shown.text]).toEqual(["completed", '{"a":1}']);
  expect(requests.map(({ messages }) => messages.length)).toEqual([1, 1, 1, 1]); // there is no answer to speak of

  const alone = await call([thinking, thinking, thinking], { format: "json" });
  expect(alone.ending.error).toMatchObject({
    errorClass: "invalid_output",
    message: expect.stringContaining("It is empty."),
  });
});

test("a model that calls a tool instead of answering is not asked for its format", async () => {
  const roll = { type: "tool_call" as const, call: { id: "1", name: "roll", arguments: { sides: 6 } } };
  const { ending, row } = await call([[roll, end]], { format: numberSchema });
  expect([ending.outcome, row.toolCalls]).toEqual(["completed", [roll.call]]);
});

test("a tool that was called before a repair stays in the log, and the next version is not asked", async () => {
  const roll = { type: "tool_call" as const, call: { id: "1", name: "roll", arguments: { sides: 6 } } };
  const chain = [first, second];
  const prose = [text("I roll."), roll, end];
  const repaired = await call([prose, reply('{"a":1}')], { format: numberSchema }, { chain });
  expect(repaired.row.toolCalls).toEqual(repaired.shown.toolCalls);
  const failed = await call([prose, reply("No."), reply("No.")], { format: numberSchema }, { chain });
  expect(steps(failed.ending)).toEqual(["1 repair", "1 repair", "1 end"]);
});

test("thoughts of every attempt that showed them are in the log, and so is everything found in them", async () => {
  const { row, shown, ending } = await call(
    [
      [thought(`First I think. ${mail} `), thought("And on"), text("No."), end],
      [thought(`Again. ${mail}`), text('{"a":1}'), end],
    ],
    { format: numberSchema },
  );
  expect(row.thoughts).toBe(`First I think. ${mail} And onAgain. ${mail}`);
  expect(row.thoughts).toBe(shown.thoughts);
  const { findings, original } = row.thoughtFindings;
  expect(findings.map(({ start, end: to }) => original.slice(start, to))).toEqual([
    "ada.byron@analytical-engine.org",
    "ada.byron@analytical-engine.org",
  ]);
  expect([row.response, row.original, ending.outcome]).toEqual(['{"a":1}', '{"a":1}', "completed"]);
});

test("what is found in an answer that was repaired is in the log, beside the answer that was shown", async () => {
  const { row } = await call([reply(card), reply('{"a":1}')], { format: numberSchema });
  expect(row.verdict).toEqual({ severity: "none", findings: [] });
  const [found] = row.thoughtFindings.findings;
  expect(row.thoughtFindings.original.slice(found?.start, found?.end)).toContain("4111 1111 1111 1111");
  expect(row.response).toBe('{"a":1}');
});

test("an answer that never fits is in the log as far as it was cleared, and not shown", async () => {
  const clean = await call([reply("No."), reply("No."), reply("Once upon a time.")], { format: "json" });
  expect(clean.row).toMatchObject({ outcome: "failed", response: "Once upon a time.", original: "Once upon a time." });
  expect(clean.shown.text).toBe("");

  const prose = `It was night. ${card}`;
  const { row, events, shown } = await call([reply(prose), reply(prose), reply(prose)], { format: "json" });
  expect(row).toMatchObject({ original: prose, shown: "Later.", verdict: { severity: "critical" } });
  expect(row.response).toBe("It was night. Later.");
  expect([shown.text, events.filter(({ type }) => type === "held").length]).toEqual(["", 1]);
});

test("a raw prompt is one message: what does not fit is asked for again by the same, and fails as what it is", async () => {
  const { ending, requests } = await call([reply("No."), reply("No."), reply("No.")], { format: "json", raw: true });
  expect(requests.map(({ messages }) => messages)).toEqual([1, 2, 3].map(() => [{ role: "user", content: "Begin" }]));
  expect(ending.error?.errorClass).toBe("invalid_output");
});

test("stopping while a retry is waited for keeps what was found, and shows nothing of it", async () => {
  const waiting = new ProviderError("overloaded", "Full.", "Wait.", { retryAfterMs: 5_000 });
  const clock = new FakeClock({ sleeps: "wait" });
  const during = async (stop: AbortController) => {
    await clock.waitsFor(5_000);
    stop.abort();
  };
  const { ending, row, bytes } = await call([[text("4111 1111 1111 1111"), waiting]], {}, {}, { clock, during });
  expect(steps(ending)).toEqual(["1 retry"]);
  expect([ending.outcome, row.response, row.original, bytes]).toEqual(["stopped", "", "", []]);
  expect(row.thoughtFindings.findings).toMatchObject([{ ruleId: "S7.card-number" }]);
});

const result: ProviderResult = {
  finishReason: "stop",
  promptTokens: 1,
  completionTokens: 2,
  queueMs: null,
  loadMs: null,
  prefillMs: 1,
  decodeMs: 1,
  promptTruncated: false,
};
const end = { type: "result" as const, result };
const broken = new ProviderError("broken_stream", "It broke.", "Try again.");
test("a queue that is full is reported as overloaded, and the circuit breaker of the server stays closed", async () => {
  const queue = new EndpointQueue({ maxConcurrent: () => 1 });
  const breaker = new CircuitBreaker(() => 0);
  for (let waiting = 0; waiting <= 10_000; waiting += 1) void queue.enter("http://1/", new AbortController().signal);
  const { ending } = await call([], {}, { queue, breaker });
  expect(ending.attempts.map(({ errorClass, next }) => `${errorClass} ${next}`)).toEqual([
    "overloaded retry",
    "overloaded retry",
    "overloaded end",
  ]);
  expect([breaker.mayCall("http://1/"), breaker.lastError("http://1/")]).toEqual([true, null]);
});

/** Not tried again. */
const late = new ProviderError("timeout", "It stalled.", "Try again.");
/** The reader presses Stop, and the model ends. */
const stopped = Symbol("stopped");
const first = version("1");
const second = version("2");

/** What a model does in turn; `bytes` come over the wire and are never decoded. */
type Step = ProviderEvent | ProviderError | typeof stopped | { readonly bytes: string };

function text(reply: string): ProviderEvent {
  return { type: "text", text: reply };
}

function thought(reply: string): ProviderEvent {
  return { type: "thought", text: reply };
}

function reply(answer: string): Step[] {
  return [text(answer), end];
}

function bytesOf(answer: string): string {
  return `${JSON.stringify(text(answer))}\n`;
}

function steps({ attempts }: { readonly attempts: readonly { version: string; next: string }[] }): string[] {
  return attempts.map(({ version: label, next }) => `${label} ${next}`);
}

/** When a call is made, and what happens while it runs. */
interface CallCircumstances {
  readonly clock?: FakeClock;
  readonly during?: (stop: AbortController) => Promise<void>;
}

/** One call to its end, over a provider that takes the scripts in turn, one an attempt, and tells what goes over the wire. */
async function call(
  scripts: readonly (readonly Step[])[],
  options: GenerationOptions = {},
  overrides: Partial<CallPorts> = {},
  { clock = new FakeClock(), during = async () => {} }: CallCircumstances = {},
) {
  const events: (InferenceEvent | WireEvent)[] = [];
  const requests: ProviderRequest[] = [];
  const stop = new AbortController();
  const left = [...scripts];
  async function* stream(request: ProviderRequest, signal: AbortSignal): AsyncGenerator<ProviderEvent> {
    requests.push(request);
    request.observe?.({
      type: "wire_request",
      method: "POST",
      url: "http://1/",
      body: JSON.stringify(request.messages),
    });
    let body = "";
    try {
      for (const step of left.shift() ?? [new ProviderError("rejected", "The script has ended.", "")]) {
        if (step === stopped) {
          stop.abort();
          signal.throwIfAborted();
        } else if (step instanceof ProviderError) throw step;
        else if (typeof step === "object" && "bytes" in step) body += step.bytes;
        else {
          if (step.type !== "result") body += `${JSON.stringify(step)}\n`;
          yield step;
        }
      }
    } finally {
      request.observe?.({ type: "wire_response", status: 200, body });
    }
  }
  const providers = { ollama: { stream }, openai: { stream }, embedded: { stream } };
  const running = new Call({
    providers,
    queue: new EndpointQueue({ maxConcurrent: () => 64 }),
    breaker: new CircuitBreaker(() => clock.monotonicMs()),
    chain: [first],
    compose: async () => ({
      ask: "Begin",
      messages: [{ role: "user", content: "Begin" }],
      options,
      promptTemplate: null,
    }),
    deadlines: {},
    startedAt: clock.monotonicMs(),
    withdrawal: () => null,
    emit: (event) => events.push(event),
    observe: (event) => events.push(event),
    endpoints: { addressesOf: ({ version: label }) => [`http://${label}/`] },
    digests: { verify: async () => "same" },
    guard: fakeGuard,
    formats: schemas,
    clock,
    ...overrides,
  });
  const ended = running.run(new CallStop(stop.signal, clock));
  await during(stop);
  const ending = await ended;
  const times = { startedAt: 1, totalMs: 2, finishedAtMs: 3 };
  const row = outcomeFrom(inferenceId.parse("019ab000-0000-7000-8000-00000000000b"), ending, times);
  await running.emitWireResponse();
  const shown = {
    text: events.map((event) => (event.type === "token" ? event.text : "")).join(""),
    thoughts: events.map((event) => (event.type === "thought" ? event.text : "")).join(""),
    toolCalls: events.flatMap((event) => (event.type === "tool_call" ? [event.call] : [])),
  };
  const bytes = events.flatMap((event) => (event.type === "wire_response" ? [event.body] : []));
  return { ending, row, events, requests, shown, bytes };
}
