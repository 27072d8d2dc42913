import { once } from "node:events";
import { createServer } from "node:net";
import { describe, expect, test } from "vitest";
import { describeModel, probeOllama } from "../../../src/main/inference/providers/ollama/discover.ts";
import { model, server, startIt, useScriptedServer } from "./scripted-call.ts";
import { refusingUrl } from "../../kit/servers/ollama-server.ts";

useScriptedServer();

describe("looking for a server", () => {
  test("one that is down is an answer, with what to do", async () => {
    const url = await refusingUrl();
    expect(await probeOllama(url)).toEqual({
      state: "down",
      lastError: `Ollama does not answer at ${new URL(url).host}.`,
      remedy: startIt,
    });
  });

  test("one that accepts and never answers is down after two seconds", async () => {
    const mute = createServer((socket) => socket.resume()).listen(0, "127.0.0.1");
    await once(mute, "listening");
    const address = mute.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    const startedAt = performance.now();
    const probe = await probeOllama(`http://127.0.0.1:${address.port}`);
    expect(probe).toMatchObject({
      state: "down",
      lastError: `Ollama at 127.0.0.1:${address.port} did not answer within 2 s.`,
    });
    expect(performance.now() - startedAt).toBeGreaterThan(1_950);
    mute.close();
    await once(mute, "close");
  });

  test("something else that answers is down, not up with nothing", async () => {
    const page = createServer((socket) => {
      socket.on("error", () => {});
      socket.end("HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 6\r\nconnection: close\r\n\r\n<html>");
    }).listen(0, "127.0.0.1");
    await once(page, "listening");
    const address = page.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    expect(await probeOllama(`http://127.0.0.1:${address.port}`)).toEqual({
      state: "down",
      lastError: `What answers at 127.0.0.1:${address.port} is not Ollama: /api/version did not tell what it should.`,
      remedy: "Check the endpoint's address and port.",
    });
    page.close();
  });

  test("an aborted probe throws the reason and leaves no connection", async () => {
    const reason = new Error("closing");
    await expect(probeOllama(server.url, AbortSignal.abort(reason))).rejects.toBe(reason);
    await expect.poll(() => server.connections()).toBe(0);
  });

  test("describing a model of a server that is down says so", async () => {
    await expect(describeModel(await refusingUrl(), model)).rejects.toMatchObject({ errorClass: "refused" });
  });
});
