import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Sqlite from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Backend } from "../../src/main/backend.ts";
import type { ModelUpdate } from "../../src/shared/contract/coordination.ts";
import type { ModelVersion } from "../../src/shared/contract/registry.ts";
import { startBackend } from "../kit/backend.ts";
import { startOllamaServer } from "../kit/servers/ollama-server.ts";
import { type Client, type Transport, transports } from "../kit/transports.ts";
import { signedHeaders } from "../../src/main/coordinator/signing.ts";
import { waitFor } from "../kit/wait-for.ts";
import { startWebhook, type Webhook } from "../kit/servers/webhook.ts";

const useCase = "story_generation";

describe.each(transports)("coordination over a %s", (_name, open) => {
  let directory: string;
  let backend: Backend;
  let transport: Transport;
  let client: Client;
  let webhook: Webhook;

  const start = async (options: Parameters<typeof startBackend>[0] = {}) => {
    backend = await startBackend({ dataDirectory: directory, ...options });
    transport = await open(backend.router);
    ({ client } = transport);
  };
  const stop = async () => {
    await transport.close();
    await backend.close();
  };
  const restart = async () => {
    await stop();
    await start();
  };
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "taleward-coordination-"));
    webhook = await startWebhook();
    await start();
  });
  afterEach(async () => {
    await stop();
    await webhook.close();
    await rm(directory, { recursive: true, force: true });
  });

  const register = (version: string, assigned = false): Promise<ModelVersion> =>
    client.registry.registerModel({
      modelName: "llama",
      provider: "ollama",
      version,
      ...(assigned ? { useCase } : {}),
    });
  const assign = ({ id }: ModelVersion, reason?: string) =>
    client.registry.assign({ useCase, versionId: id, ...(reason === undefined ? {} : { reason }) });
  const history = async () => (await client.coordination.history({})).toReversed();
  const subscriber = async (name: string) => {
    const found = (await client.coordination.subscribers()).find((one) => one.name === name);
    if (!found) throw new Error(`no subscriber ${name}`);
    return found;
  };

  test("every change of what answers a use case is one update, each with a key of its own, and nothing else is", async () => {
    const first = await register("1", true);
    const second = await register("2");
    await client.registry.annotate({ versionId: second.id, note: "Not a change of who answers" });
    await assign(second, "Better dialogue");
    await client.registry.undoAssignment({ useCase });
    await expect(client.registry.assign({ useCase: "no_such", versionId: first.id })).rejects.toThrow();
    const updates = await history();
    expect(updates.map(({ sequence, type, version, percent }) => ({ sequence, type, version, percent }))).toEqual([
      { sequence: 1, type: "assigned", version: "1", percent: 100 },
      { sequence: 2, type: "assigned", version: "2", percent: 100 },
      { sequence: 3, type: "assigned", version: "1", percent: 100 },
    ]);
    expect(updates[1]).toMatchObject({
      useCase,
      versionId: second.id,
      model: "llama",
      message: "llama 2 answers all calls now: Better dialogue",
    });
    expect(new Set(updates.map(({ key }) => key)).size).toBe(3);
    expect(updates.map(({ atMs }) => atMs)).toEqual(updates.map(({ atMs }) => atMs).toSorted((a, b) => a - b));
  });

  test("an accepted drift and an imported registry tell of each use case whose answers change", async () => {
    const server = await startOllamaServer();
    try {
      await stop();
      await start({ ollamaEndpoint: server.url });
      server.shelf.put({ name: "llama:latest", digest: "a".repeat(64) });
      const version = await register("1", true);
      server.shelf.put({ name: "llama:latest", digest: "b".repeat(64) });
      await client.registry.checkDrift();
      const accepted = await client.registry.acceptDrift({ versionId: version.id, version: "2" });
      expect((await history()).map(({ versionId }) => versionId)).toEqual([version.id, accepted.id]);

      const document = await client.registry.exportRegistry();
      const there = await startBackend();
      const other = await open(there.router);
      await other.client.registry.importRegistry({ document });
      await other.client.registry.importRegistry({ document });
      expect(await other.client.coordination.history({})).toMatchObject([
        { useCase, type: "assigned", versionId: accepted.id, percent: 100 },
      ]);
      await other.close();
      await there.close();
    } finally {
      await server.close();
    }
  });

  test("the services of Taleward have an update before the change is answered, and are listed as subscribers", async () => {
    await assign(await register("1"));
    const subscribers = await client.coordination.subscribers();
    expect(subscribers).toMatchObject([
      { name: "Taleward: calls", kind: "in_process", url: null, acknowledged: 1, waiting: 0, lastError: null },
      { name: "Taleward: screens", kind: "in_process", url: null, acknowledged: 1, waiting: 0, lastError: null },
    ]);
    expect(await client.inference.status({ useCase })).toMatchObject({ assigned: { version: "1" } });
  });

  test("a new webhook is POSTed the present state and then each update, in order, one at a time, with its key, sequence and signature", async () => {
    const versions = [await register("1", true), await register("2")];
    const subscribed = await client.coordination.subscribe({ name: "Game server", url: webhook.url });
    expect(subscribed).toMatchObject({
      kind: "webhook",
      url: webhook.url,
      acknowledged: 0,
      waiting: 1,
      lastError: null,
    });
    // The present state alone: without any change it has all.
    await waitFor(async () => expect(await subscriber("Game server")).toMatchObject({ acknowledged: 1, waiting: 0 }));
    await Promise.all(Array.from({ length: 12 }, (_, turn) => assign(at(versions, (turn + 1) % 2), `Turn ${turn}`)));
    await waitFor(async () => expect((await subscriber("Game server")).acknowledged).toBe(13));
    expect(webhook.requests.map(({ body }) => body)).toEqual(await history());
    expect(webhook.maxAtOnce()).toBe(1);
    for (const { headers, body } of webhook.requests)
      expect(headers).toMatchObject({
        "content-type": "application/json",
        "idempotency-key": body["key"],
        "x-taleward-sequence": String(body["sequence"]),
        "user-agent": expect.stringMatching(/^Taleward\//),
        "webhook-id": body["key"],
        "webhook-signature": expect.stringMatching(/^v1,[\w+/]{43}=$/),
      });
    const { secret } = await client.coordination.signingSecret();
    for (const { headers, body } of webhook.requests)
      expect(headers).toMatchObject(
        signedHeaders(secret ?? "", {
          id: String(body["key"]),
          body: JSON.stringify(body),
          seconds: Number(headers["webhook-timestamp"]),
        }),
      );
  });

  test("what is not acknowledged is told again by the same key, and nothing that comes after it before it is", async () => {
    const versions = [await register("1", true), await register("2")];
    await client.coordination.subscribe({ name: "Game server", url: webhook.url });
    await waitFor(async () => expect((await subscriber("Game server")).waiting).toBe(0)); // it has the present state
    const answers = [500, 404, 301, 503];
    webhook.answerWith((response) => {
      const status = answers.shift() ?? 200;
      // Only after the last no does the next try come by itself.
      const retryAfter = status === 503 ? "1" : "900";
      response.writeHead(status, { location: `${webhook.url}/elsewhere`, "retry-after": retryAfter }).end();
    });
    await assign(at(versions, 1));
    await assign(at(versions, 0));
    await waitFor(async () => expect((await subscriber("Game server")).lastError).toBe("It answered 500."));
    const failing = await subscriber("Game server");
    expect(failing).toMatchObject({ acknowledged: 1, waiting: 2 });
    expect(failing.nextTryAtMs).toBeGreaterThan(Date.now() + 600_000);
    const { id: subscriberId } = failing;
    expect((await client.coordination.deliver({ subscriberId })).lastError).toBe("It answered 404.");
    expect((await client.coordination.deliver({ subscriberId })).lastError).toMatch(/301, a redirect/);
    await client.coordination.deliver({ subscriberId });
    await waitFor(async () => expect((await subscriber("Game server")).waiting).toBe(0));
    expect(webhook.requests.map(({ body }) => body["sequence"])).toEqual([1, 2, 2, 2, 2, 2, 3]);
    expect(new Set(webhook.requests.map(({ headers }) => headers["idempotency-key"])).size).toBe(3);
    expect(await subscriber("Game server")).toMatchObject({ acknowledged: 3, lastError: null, nextTryAtMs: null });
  });

  test("a webhook that asks for patience is left alone for so long, over a restart too", async () => {
    const first = await register("1");
    await client.coordination.subscribe({ name: "Game server", url: webhook.url });
    webhook.answerWith((response) => void response.writeHead(429, { "retry-after": "900" }).end());
    await assign(first);
    await waitFor(async () => expect((await subscriber("Game server")).lastError).toBe("It answered 429."));
    const { nextTryAtMs } = await subscriber("Game server");
    expect(nextTryAtMs).toBeGreaterThan(Date.now() + 800_000);
    await restart();
    await assign(first, "Again");
    expect(await subscriber("Game server")).toMatchObject({ waiting: 2, nextTryAtMs, lastError: "It answered 429." });
    expect(webhook.requests).toHaveLength(1);
    webhook.answerWith((response) => void response.writeHead(200).end());
    const { id: subscriberId } = await subscriber("Game server");
    expect(await client.coordination.deliver({ subscriberId })).toMatchObject({ waiting: 0, acknowledged: 2 });
  });

  test("what could not be told before Taleward ended is told after it starts again", async () => {
    const first = await register("1");
    await client.coordination.subscribe({ name: "Game server", url: webhook.url });
    const { port } = new URL(webhook.url);
    await webhook.close();
    await assign(first);
    await waitFor(async () => expect((await subscriber("Game server")).lastError).toMatch(/^Nothing listens/));
    await stop();
    webhook = await startWebhook({ port: Number(port) });
    await start();
    await waitFor(() => expect([...webhook.applied.values()]).toMatchObject([{ sequence: 1 }]));
  });

  test("a client that was away gets what it missed, then each update as it comes, until it acknowledges", async () => {
    const versions = [await register("1", true), await register("2")];
    const listener = listen(client, "Dashboard");
    await waitFor(() => subscriber("Dashboard"));
    await assign(at(versions, 1));
    await listener.seen(1);
    expect(listener.updates).toMatchObject([{ sequence: 2, version: "2" }]);
    await client.coordination.acknowledge({ client: "Dashboard", sequence: 2 });
    await listener.stop();

    for (const turn of [0, 1, 0]) await assign(at(versions, turn));
    expect(await subscriber("Dashboard")).toMatchObject({ kind: "client", acknowledged: 2, waiting: 3 });
    const back = listen(client, "Dashboard");
    await back.seen(3);
    await assign(at(versions, 1));
    await back.seen(4);
    expect(back.updates.map(({ sequence }) => sequence)).toEqual([3, 4, 5, 6]);
    await back.stop();

    const again = listen(client, "Dashboard");
    await again.seen(4);
    expect(again.updates).toEqual(back.updates);
    await client.coordination.acknowledge({ client: "Dashboard", sequence: 6 });
    expect(await subscriber("Dashboard")).toMatchObject({ acknowledged: 6, waiting: 0 });
    await client.coordination.acknowledge({ client: "Dashboard", sequence: 3 });
    expect((await subscriber("Dashboard")).acknowledged).toBe(6);
    await again.stop();
  });

  test("a subscriber that is taken away is told nothing more, and its stream ends", async () => {
    const first = await register("1");
    await client.coordination.subscribe({ name: "Game server", url: webhook.url });
    const listener = listen(client, "Dashboard");
    await waitFor(() => subscriber("Dashboard"));
    for (const name of ["Game server", "Dashboard"]) {
      const { id: subscriberId } = await subscriber(name);
      await client.coordination.unsubscribe({ subscriberId });
      await expect(client.coordination.deliver({ subscriberId })).rejects.toMatchObject({
        code: "NOT_FOUND",
        data: { field: "subscriberId", value: subscriberId },
      });
    }
    await listener.ended;
    await assign(first);
    expect((await client.coordination.subscribers()).map(({ kind }) => kind)).toEqual(["in_process", "in_process"]);
    expect(webhook.requests).toEqual([]);
  });

  test("what cannot be subscribed, acknowledged or taken away is refused by its field, and nothing is kept of it", async () => {
    await client.coordination.subscribe({ name: "Game server", url: webhook.url });
    const [own] = await client.coordination.subscribers();
    const listener = listen(client, "Dashboard");
    await waitFor(() => subscriber("Dashboard"));
    const before = await client.coordination.subscribers();
    const { coordination } = client;
    const refused = async (work: Promise<unknown>, code: string, field: string) => {
      await expect(work).rejects.toMatchObject({ code, data: { field, remedy: expect.stringMatching(/\S/) } });
    };
    await refused(coordination.subscribe({ name: "Other", url: "file:///etc/passwd" }), "BAD_REQUEST", "url");
    await refused(coordination.subscribe({ name: "Other", url: "http://me:secret@127.0.0.1/" }), "BAD_REQUEST", "url");
    await refused(coordination.subscribe({ name: "Taleward: calls", url: webhook.url }), "BAD_REQUEST", "name");
    await refused(coordination.subscribe({ name: "Game server", url: webhook.url }), "CONFLICT", "name");
    await refused(coordination.subscribe({ name: "Dashboard", url: webhook.url }), "CONFLICT", "name");
    await refused(coordination.updates({ client: "Game server" }), "CONFLICT", "client");
    await refused(coordination.updates({ client: "Taleward: calls" }), "BAD_REQUEST", "client");
    await refused(coordination.acknowledge({ client: "Nobody", sequence: 0 }), "NOT_FOUND", "client");
    await refused(coordination.acknowledge({ client: "Dashboard", sequence: 7 }), "BAD_REQUEST", "sequence");
    await refused(coordination.unsubscribe({ subscriberId: at([own], 0).id }), "CONFLICT", "subscriberId");
    const { id: subscriberId } = await subscriber("Dashboard");
    await refused(coordination.deliver({ subscriberId }), "CONFLICT", "subscriberId");
    expect(await coordination.subscribers()).toEqual(before);
    await listener.stop();
  });

  test("10,000 updates that everybody has are kept; what one has not is kept however old", async () => {
    const first = await register("1", true);
    const { id: subscriberId } = await client.coordination.subscribe({ name: "Game server", url: webhook.url });
    await stop();
    const database = new Sqlite(join(directory, "taleward.db"));
    database
      .prepare(
        `INSERT INTO model_updates (key, at_ms, use_case, type, version_id, model, version, percent, message)
         WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 10500)
         SELECT printf('00000000-0000-4000-8000-%012d', n), 1, ?, 'assigned', ?, 'llama', '1', 100, 'one' FROM numbers`,
      )
      .run(useCase, first.id);
    database.prepare("UPDATE subscribers SET next_try_at_ms = ? WHERE id = ?").run(Date.now() + 600_000, subscriberId);
    const count = () => database.prepare("SELECT count(*) AS n, min(sequence) AS oldest FROM model_updates").get();
    await start();
    for (const name of ["Taleward: calls", "Taleward: screens"])
      await waitFor(async () => expect((await subscriber(name)).waiting).toBe(0));
    expect(count()).toEqual({ n: 10_500, oldest: 2 }); // the webhook has the first
    expect((await subscriber("Game server")).waiting).toBe(10_500);
    await client.coordination.unsubscribe({ subscriberId });
    expect(count()).toEqual({ n: 10_000, oldest: 502 });
    await assign(first);
    expect(count()).toEqual({ n: 10_000, oldest: 503 });
    expect((await history()).at(-1)?.sequence).toBe(10_502);
    database.close();
  });
});

/** Reads a client's updates until it is stopped. */
function listen(client: Client, name: string) {
  const stopped = new AbortController();
  const updates: ModelUpdate[] = [];
  const ended = (async () => {
    for await (const update of await client.coordination.updates({ client: name }, { signal: stopped.signal }))
      updates.push(update);
  })().catch((error: unknown) => {
    if (!stopped.signal.aborted) throw error;
  });
  return {
    updates,
    ended,
    seen: (count: number) => waitFor(() => expect(updates.length).toBeGreaterThanOrEqual(count)),
    stop: async () => {
      stopped.abort();
      await ended;
    },
  };
}

function at<Item>(items: readonly (Item | undefined)[], index: number): Item {
  const item = items[index];
  if (item === undefined) throw new Error(`there is no ${index}`);
  return item;
}
