import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Sqlite from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Backend } from "../../src/main/backend.ts";
import type { HostNotice } from "../../src/main/host/host-notices.ts";
import type { Alert, AlertRules } from "../../src/shared/contract/coordination.ts";
import { startBackend } from "../kit/backend.ts";
import { collect } from "../kit/narrative.ts";
import { streamText } from "../kit/servers/ollama-scripts.ts";
import { type OllamaServer, startOllamaServer } from "../kit/servers/ollama-server.ts";
import { type Client, type Transport, transports } from "../kit/transports.ts";
import { startWebhook, type Webhook } from "../kit/servers/webhook.ts";
import { shownCard } from "../kit/card.ts";
import { waitFor } from "../kit/wait-for.ts";

const useCase = "story_generation";
const loud: AlertRules = { desktop: "info", webhook: null, quiet: null, muted: [] };

describe.each(transports)("alerts over a %s", (_name, open) => {
  let directory: string;
  let server: OllamaServer;
  let webhook: Webhook;
  let backend: Backend;
  let transport: Transport;
  let client: Client;
  let notices: HostNotice[];

  const start = async () => {
    backend = await startBackend({
      dataDirectory: directory,
      ollamaEndpoint: server.url,
      notify: (notice) => notices.push(notice),
    });
    transport = await open(backend.router);
    ({ client } = transport);
  };
  const stop = async () => {
    await transport.close();
    await backend.close();
  };
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "taleward-alerts-"));
    server = await startOllamaServer();
    server.shelf.put({ name: "llama:latest", digest: "a".repeat(64) });
    webhook = await startWebhook();
    notices = [];
    await start();
    await client.registry.registerModel({ modelName: "llama", provider: "ollama", version: "1", useCase });
  });
  afterEach(async () => {
    await stop();
    await webhook.close();
    await server.close();
    await rm(directory, { recursive: true, force: true });
  });

  const alerts = (open?: boolean) => client.coordination.alerts(open === undefined ? {} : { open });
  const alerted = (count: number) =>
    waitFor(async () => {
      const { items } = await alerts();
      expect(items).toHaveLength(count);
      return items;
    });
  /** A call whose answer the guardrails hold. */
  const violate = async () => {
    server.use(streamText("The number of the card was 4111 1111 1111 1111, he said. Then he left."));
    await collect(await client.inference.generate({ useCase, prompt: "Begin" }));
  };
  const drift = async () => {
    server.shelf.put({ name: "llama:latest", digest: "b".repeat(64) });
    await client.registry.checkDrift();
  };

  test("an answer that was held is an alert that says where and why, without its words, and leads to the violations", async () => {
    await violate();
    const [alert] = await alerted(1);
    expect(alert).toMatchObject({
      kind: "violation",
      level: expect.stringMatching(/^(warning|critical)$/),
      message: expect.stringMatching(/^llama 1 wrote text that was held back on story_generation: /),
      remedy: expect.stringMatching(/\S/),
      location: "violations",
      acknowledgedAtMs: null,
    });
    expect(JSON.stringify(alert)).not.toMatch(shownCard);
    // It is stored before it is shown on the desktop.
    await waitFor(() =>
      expect(notices).toEqual([
        { level: alert?.level, title: alert?.message, body: alert?.remedy, location: "violations" },
      ]),
    );
  });

  test("the same kind at the same place within 10 minutes is one alert, counted, told once, and kept over a restart", async () => {
    await violate();
    const [first] = await alerted(1);
    await violate();
    await violate();
    await waitFor(async () => expect((await alerts()).items[0]?.message).toBe(`${first?.message} (3 times)`));
    expect(await alerts()).toMatchObject({ items: [{ id: first?.id }], open: 1 });
    expect(notices).toHaveLength(1);
    await stop();
    await start();
    expect((await alerts()).items).toMatchObject([{ id: first?.id, message: `${first?.message} (3 times)` }]);
    const database = new Sqlite(join(directory, "taleward.db"));
    database.prepare("UPDATE alerts SET at_ms = at_ms - 600000").run();
    database.close();
    await violate();
    await alerted(2);
    await waitFor(() => expect(notices).toHaveLength(2));
  });

  test("one alert is acknowledged, or all that are open; what comes after that is a new one", async () => {
    await violate();
    await drift();
    const items = await alerted(2);
    const [one, other] = items;
    if (!one || !other) throw new Error("no alerts");
    const acknowledge = (input: { alertId?: Alert["id"] }) => client.coordination.acknowledgeAlert(input);
    expect(await acknowledge({ alertId: one.id })).toEqual({ acknowledged: 1 });
    expect(await acknowledge({ alertId: one.id })).toEqual({ acknowledged: 0 });
    expect(await alerts(true)).toEqual({ items: [other], open: 1 });
    expect((await alerts(false)).items).toEqual([
      { ...one, acknowledgedAtMs: expect.any(Number), acknowledgedBy: { kind: "person" } },
    ]);
    expect(await acknowledge({})).toEqual({ acknowledged: 1 });
    expect(await alerts(true)).toEqual({ items: [], open: 0 });
    server.shelf.put({ name: "llama:latest", digest: "a".repeat(64) }); // else no call is made
    await client.registry.checkDrift();
    await violate();
    expect(await alerted(3)).toMatchObject([{ kind: "violation", acknowledgedAtMs: null }, {}, {}]);
    await expect(
      acknowledge({ alertId: "019ab000-0000-7000-8000-000000000001" as Alert["id"] }), // as the contract types it
    ).rejects.toMatchObject({ code: "NOT_FOUND", data: { field: "alertId" } });
  });

  test("a drift is an alert when it is found, and not again while it lasts", async () => {
    await drift();
    const [alert] = await alerted(1);
    const [version] = await client.registry.drifts();
    expect(alert).toMatchObject({
      kind: "drift",
      level: "warning",
      message: expect.stringContaining("it answers story_generation"),
      location: `models/version/${version?.id}`,
    });
    await client.coordination.acknowledgeAlert({});
    await client.registry.checkDrift();
    await stop();
    await start();
    await client.registry.checkDrift();
    expect((await alerts()).items).toHaveLength(1);
  });

  test("a server that goes down while it answers a use case is an alert, once until it was up again", async () => {
    const { registry } = client;
    await registry.endpoints({ endpoint: server.url, provider: "ollama" });
    await server.close();
    await registry.endpoints({ endpoint: server.url, provider: "ollama" });
    const [alert] = await alerted(1);
    expect(alert).toMatchObject({
      kind: "endpoint",
      level: "warning",
      message: `${server.url} is down, and it answers story_generation`,
      location: `models/servers/${encodeURIComponent(server.url)}`,
    });
    await registry.endpoints({ endpoint: server.url, provider: "ollama" });
    await registry.endpoints({ endpoint: "http://127.0.0.1:9", provider: "ollama" });
    expect((await alerts()).items).toEqual([alert]);
  });

  test("the alert of a server that is back is resolved by itself, with the time", async () => {
    const { registry } = client;
    await registry.endpoints({ endpoint: server.url, provider: "ollama" });
    await server.refuse();
    await registry.endpoints({ endpoint: server.url, provider: "ollama" });
    const [alert] = await alerted(1);
    expect(alert).toMatchObject({ kind: "endpoint", acknowledgedAtMs: null });
    await server.listen();
    await registry.endpoints({ endpoint: server.url, provider: "ollama" });
    await waitFor(async () =>
      expect(await alerts()).toEqual({
        items: [{ ...alert, acknowledgedAtMs: expect.any(Number), acknowledgedBy: { kind: "system" } }],
        open: 0,
      }),
    );
  });

  test("the alert of a drift that is undone at its server is resolved by itself", async () => {
    await drift();
    expect(await alerted(1)).toMatchObject([{ kind: "drift", acknowledgedAtMs: null }]);
    server.shelf.put({ name: "llama:latest", digest: "a".repeat(64) });
    await client.registry.checkDrift();
    await waitFor(async () =>
      expect(await alerts()).toMatchObject({ items: [{ acknowledgedBy: { kind: "system" } }], open: 0 }),
    );
  });

  test("rules are kept over a restart; a muted kind raises nothing, and what is milder than they say is told nowhere else", async () => {
    const rules: AlertRules = {
      desktop: "critical",
      webhook: { url: webhook.url, from: "critical" },
      quiet: { fromMinute: 1_320, untilMinute: 420 },
      muted: ["violation"],
    };
    expect(await client.coordination.rules()).toEqual({ desktop: "warning", webhook: null, quiet: null, muted: [] });
    expect(await client.coordination.saveRules({ ...rules, muted: ["violation", "violation"] })).toEqual(rules);
    await stop();
    await start();
    expect(await client.coordination.rules()).toEqual(rules);
    await violate();
    await drift();
    expect(await alerted(1)).toMatchObject([{ kind: "drift" }]);
    expect(notices).toEqual([]);
    expect(webhook.requests).toEqual([]);
  });

  test("rules that were kept by hand and are none count as never kept", async () => {
    await stop();
    const database = new Sqlite(join(directory, "taleward.db"));
    const keep = "INSERT INTO settings (key, value) VALUES ('alert-rules', ?)";
    database.prepare(keep).run(JSON.stringify({ ...loud, quiet: { fromMinute: -1, untilMinute: 5_000 } }));
    database.close();
    await start();
    expect(await client.coordination.rules()).toMatchObject({ desktop: "warning", quiet: null });
  });

  test("rules that cannot be followed are refused by their field, and those before stay", async () => {
    await client.coordination.saveRules(loud);
    const refused = (rules: AlertRules, field: string) =>
      expect(client.coordination.saveRules(rules)).rejects.toMatchObject({ code: "BAD_REQUEST", data: { field } });
    await refused({ ...loud, quiet: { fromMinute: 60, untilMinute: 60 } }, "quiet.untilMinute");
    await refused({ ...loud, quiet: { fromMinute: 60, untilMinute: 1_440 } }, "quiet.untilMinute");
    await refused({ ...loud, webhook: { url: "http://me:secret@127.0.0.1/", from: "info" } }, "webhook.url");
    await refused({ ...loud, webhook: { url: "ftp://127.0.0.1/", from: "info" } }, "webhook.url");
    expect(await client.coordination.rules()).toEqual(loud);
  });

  test("an alert is POSTed to the webhook as the screens have it, again until it is taken", async () => {
    await client.coordination.saveRules({ ...loud, webhook: { url: webhook.url, from: "warning" } });
    let answers = 0;
    webhook.answerWith((response) => void response.writeHead((answers += 1) < 2 ? 500 : 200).end());
    await drift();
    await waitFor(() => expect(webhook.applied.size).toBe(1));
    expect(webhook.requests).toHaveLength(2);
    const [alert] = await alerted(1);
    expect(webhook.requests[1]?.body).toEqual({ ...alert, place: alert?.location }); // its name in the first version
    expect(webhook.requests[0]?.headers["idempotency-key"]).toBe(webhook.requests[1]?.headers["idempotency-key"]);
  });

  test("in quiet hours an alert is on the screens only; outside them it is told everywhere", async () => {
    const minute = new Date().getHours() * 60 + new Date().getMinutes();
    const around = (from: number, until: number) => ({
      fromMinute: (minute + from + 1_440) % 1_440,
      untilMinute: (minute + until + 1_440) % 1_440,
    });
    const everywhere: AlertRules = { ...loud, webhook: { url: webhook.url, from: "info" } };
    await client.coordination.saveRules({ ...everywhere, quiet: around(-30, 30) });
    await drift();
    await alerted(1);
    expect(await client.coordination.testAlert()).toMatchObject({
      remedy: "It is shown here only: these are the quiet hours.",
    });
    expect(notices).toEqual([]);
    expect(webhook.requests).toEqual([]);
    await client.coordination.saveRules({ ...everywhere, quiet: around(30, -30) });
    await client.coordination.testAlert();
    expect(notices).toHaveLength(1);
    expect(webhook.requests).toHaveLength(1);
  });

  test("a test alert goes every way the rules have, and says where the webhook fails", async () => {
    expect(await client.coordination.saveRules({ ...loud, desktop: null })).toMatchObject({ desktop: null });
    expect(await client.coordination.testAlert()).toMatchObject({
      remedy: "The rules send it nowhere: it is shown here only.",
    });
    await client.coordination.saveRules({
      ...loud,
      desktop: "warning",
      webhook: { url: webhook.url, from: "critical" },
    });
    const alert = await client.coordination.testAlert();
    expect(alert).toMatchObject({
      level: "critical",
      message: "This is a test alert",
      remedy: "It was also sent to the desktop and to the webhook.",
    });
    expect(notices).toMatchObject([{ title: "This is a test alert", level: "critical", location: null }]);
    expect(webhook.requests.map(({ body }) => body)).toEqual([{ ...alert, place: alert.location }]);
    webhook.answerWith((response) => void response.writeHead(404).end());
    await expect(client.coordination.testAlert()).rejects.toMatchObject({
      code: "UNAVAILABLE",
      message: "The webhook did not take the test alert. It answered 404.",
      data: { field: "webhook.url", value: webhook.url },
    });
    expect((await alerts()).open).toBe(3);
  });
});
