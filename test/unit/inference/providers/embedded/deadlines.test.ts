import { FakeClock } from "../../../../kit/fake-clock.ts";
import { describe, expect, test } from "vitest";
import type { ProviderEvent } from "../../../../../src/main/inference/provider.ts";
import { closeProvidersAfterEach, collect, never, request, result, scripted } from "./scripted-engine.ts";

closeProvidersAfterEach();

describe("an engine that does not answer in time", () => {
  const ended = {
    errorClass: "timeout",
    message: expect.stringContaining("was ended"),
    remedy: expect.stringMatching(/\S/),
  };

  test("is ended when nothing comes in time, and the next call has a fresh one", async () => {
    const { provider, engines } = scripted(({ id }, reply) => {
      if (engines.length > 1) reply({ type: "generated", id, result });
    });
    const hung = collect(provider.stream({ ...request, deadlines: { firstTokenMs: 30 } }, never));
    await expect(hung).rejects.toMatchObject({ ...ended, message: expect.stringContaining("did not begin to answer") });
    expect((await collect(provider.stream(request, never))).at(-1)?.type).toBe("result");
    expect(engines.map(({ killed }) => killed)).toEqual([true, false]);
  });

  test("is ended when it stops between two tokens; what came before was passed on", async () => {
    const { provider } = scripted(({ id }, reply) => reply({ type: "text", id, text: "The " }), {
      betweenTokensMs: 30,
    });
    const seen: ProviderEvent[] = [];
    const reading = (async () => {
      for await (const event of provider.stream(request, never)) seen.push(event);
    })();
    await expect(reading).rejects.toMatchObject({ ...ended, message: expect.stringContaining("in the middle") });
    expect(seen).toEqual([{ type: "text", text: "The " }]);
  });

  test("is left alone while it says that it is alive", async () => {
    const clock = new FakeClock();
    const { provider } = scripted(
      ({ id }, reply) => {
        for (let times = 1; times < 8; times += 1) {
          clock.advance(149);
          reply({ type: "alive", id });
        }
        clock.advance(149);
        reply({ type: "generated", id, result });
      },
      { betweenTokensMs: 150, firstTokenMs: 150 },
      clock,
    );
    expect((await collect(provider.stream(request, never))).map(({ type }) => type)).toEqual(["result"]);
  });

  test("is ended when it does not stop, and the caller hears the signal's reason", async () => {
    const { provider, engines } = scripted(
      ({ type, id }, reply) => {
        if (type === "generate") reply({ type: "text", id, text: "The " });
      },
      { stopMs: 30 },
    );
    const cancellation = new AbortController();
    const reason = new Error("enough");
    const reading = (async () => {
      for await (const _ of provider.stream(request, cancellation.signal)) cancellation.abort(reason);
    })();
    await expect(reading).rejects.toBe(reason);
    expect(engines.map(({ killed }) => killed)).toEqual([true]);
  });

  test("a call that waits its turn is not blamed for the one before it", async () => {
    const clock = new FakeClock();
    const { provider, engines } = scripted(
      ({ id }, reply) => {
        if (id === 1) return;
        // Both calls have arrived. The second's 300 ms run from the first's end on.
        clock.advance(400);
        reply({ type: "generated", id: 1, result });
        clock.advance(299);
        reply({ type: "generated", id, result });
      },
      {},
      clock,
    );
    const patient = collect(provider.stream(request, never));
    const hurried = collect(provider.stream({ ...request, deadlines: { firstTokenMs: 300 } }, never));
    expect([(await patient).length, (await hurried).length]).toEqual([1, 1]);
    expect(engines).toHaveLength(1);
  });

  test("is ended when it does not count within the version's own deadline, and counting can be stopped", async () => {
    const { provider, engines } = scripted(({ type, id }, reply) => {
      if (type === "cancel") reply({ type: "cancelled", id });
    });
    const hurried = { ...request, configuration: { deadlines: { firstTokenMs: 30 } } };
    await expect(provider.countTokens(hurried, "text")).rejects.toMatchObject(ended);
    const cancellation = new AbortController();
    const reason = new Error("enough");
    const counting = provider.countTokens(request, "text", cancellation.signal);
    cancellation.abort(reason);
    await expect(counting).rejects.toBe(reason);
    expect(engines.map(({ killed }) => killed)).toEqual([true, false]);
    expect(engines[1]?.received.map(({ type }) => type)).toEqual(["count", "cancel"]);
  });

  test("a call that is stopped while it waits ends at once and takes nobody with it", async () => {
    const { promise: begun, resolve: begin } = Promise.withResolvers<() => void>();
    const { provider, engines } = scripted(({ type, id }, reply) => {
      if (type === "generate" && id === 1) begin(() => reply({ type: "generated", id, result }));
    });
    const first = collect(provider.stream(request, never));
    const cancellation = new AbortController();
    const reason = new Error("enough");
    const second = collect(provider.stream(request, cancellation.signal));
    cancellation.abort(reason);
    await expect(second).rejects.toBe(reason);
    (await begun)();
    expect((await first).at(-1)?.type).toBe("result");
    expect(engines.map(({ killed }) => killed)).toEqual([false]);
  });
});
