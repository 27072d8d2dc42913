import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ZodType } from "zod";
import type { Backend } from "../../src/main/backend.ts";
import { changeTopic } from "../../src/shared/contract/app.ts";
import { contract } from "../../src/shared/contract/contract.ts";
import { startBackend } from "../kit/backend.ts";
import { assignOllama, collect, shownText, startStory } from "../kit/narrative.ts";
import { streamText } from "../kit/servers/ollama-scripts.ts";
import { type OllamaServer, startOllamaServer } from "../kit/servers/ollama-server.ts";
import { bothTransports, type Transport } from "../kit/transports.ts";

const received = "The keeper climbed the stairs. The map lay under the lamp. He could not read a word of it.";
const wrong = 7;

/** Every route that takes something, and would not take a number. */
const routes = Object.entries(contract).flatMap(([domain, routesOfDomain]) =>
  Object.entries(routesOfDomain).flatMap(([name, route]): (readonly [string, string])[] => {
    const schema = Reflect.get(route, "~orpc").inputSchema as ZodType | undefined; // every schema here is zod's
    return schema === undefined || schema.safeParse(wrong).success ? [] : [[domain, name]];
  }),
);

// What `transports.ts` promises those who use it: one way is as good as the other.
describe.each(bothTransports)("whatever the domain, a %s", (_name, open) => {
  let server: OllamaServer;
  let backend: Backend;
  let transport: Transport;
  beforeAll(async () => {
    server = await startOllamaServer();
    backend = await startBackend();
    transport = await open(backend.router);
    await assignOllama(transport.client, server.url);
  });
  afterAll(async () => {
    await transport.close();
    await backend.close();
    await server.close();
  });

  test("leads to every route, and brings back its typed errors", async () => {
    expect(new Set(routes.map(([domain]) => domain)).size).toBeGreaterThanOrEqual(10);
    for (const [domain, name] of routes)
      await expect(
        Reflect.get(Reflect.get(transport.client, domain), name)(wrong),
        `${domain}.${name}`,
      ).rejects.toMatchObject({ code: "BAD_REQUEST", defined: true, data: { remedy: expect.stringMatching(/\S/) } });
  });

  test("carries text in any script, megabytes of it, and what is absent, null or nested", async () => {
    const { client } = transport;
    const { passage } = await startStory(client, "潮汐 🦊");
    const text = `${"灯台守は地図を見つけた。".repeat(50_000)}\n\u202Eright to left\u202C \u0000 🏴‍☠️`;
    await client.story.savePassage({ passageId: passage.id, text, caret: 3, baseRevision: 0 });
    expect(await client.story.passage({ passageId: passage.id })).toMatchObject({ text, caret: 3, proposals: [] });
    const { items } = await client.registry.versions({});
    expect(items).toMatchObject([{ model: "storyteller", configuration: { endpoint: server.url } }]);
  });

  test("brings events one by one, in order, as they come", async () => {
    const { client } = transport;
    server.use(streamText(received, { everyMs: 1 }));
    const { passage } = await startStory(client);
    const events = await collect(await client.story.generate({ passageId: passage.id, prompt: "Begin" }));
    expect(events.map(({ type }) => type)).toEqual(["proposal", "started", "token", "token", "token", "done"]);
    expect(shownText(events)).toBe(received);
  });

  test("tells who watches of what changes, and of nothing once they are gone", async () => {
    const { client } = transport;
    const stop = new AbortController();
    const changes = (await client.app.changes(undefined, { signal: stop.signal }))[Symbol.asyncIterator]();
    expect((await changes.next()).value).toEqual({ topics: changeTopic.options });
    const change = changes.next();
    await client.story.create({ title: "Told" });
    expect((await change).value).toMatchObject({ topics: expect.arrayContaining(["stories"]) });
    const none = changes.next();
    stop.abort();
    await expect(none).rejects.toThrow();
  });

  test("carries a stop all the way to the model's server", async () => {
    const { client } = transport;
    server.use(streamText(`${received} ${"And so it went on and on in the dark. ".repeat(200)}`, { everyMs: 20 }));
    const { passage } = await startStory(client);
    const stop = new AbortController();
    const reading = async () => {
      const input = { passageId: passage.id, prompt: "Begin" };
      for await (const event of await client.story.generate(input, { signal: stop.signal }))
        if (event.type === "token") stop.abort();
    };
    await expect(reading()).rejects.toThrow();
    expect(await server.requests.at(-1)?.ended).toBe("left");
  });
});
