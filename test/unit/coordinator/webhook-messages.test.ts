import { createHmac } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { Alert } from "../../../src/shared/contract/coordination.ts";
import { alertId } from "../../../src/shared/contract/ids.ts";
import { digestOf, minutesUntilLoud } from "../../../src/main/coordinator/rules/rules.ts";
import { signedHeaders, WebhookSigning } from "../../../src/main/coordinator/signing.ts";
import { webhookBody } from "../../../src/main/coordinator/webhook-message.ts";
import type { SecretStore } from "../../../src/main/host/secrets.ts";

describe("what a webhook is sent", () => {
  const body = { message: "A version drifted" };
  const text = "warning: A version drifted. Look at it.";
  test.each([
    ["https://hooks.slack.com/services/T000/B000/XXXX", { text }],
    ["https://discord.com/api/webhooks/1/abc/slack", { text }],
    ["https://discord.com/api/webhooks/1/abc", { content: text }],
    ["https://ptb.discordapp.com/api/v10/webhooks/1/abc", { content: text }],
    ["https://example.org/hooks.slack.com", body],
    ["http://127.0.0.1:8080/discord.com/api/", body],
    ["https://notdiscord.com/api/webhooks/1", body],
  ])("to %s has the shape that is taken there", (url, sent) => {
    expect(webhookBody({ url, body, text })).toEqual(sent);
  });

  test("to Discord is no longer than a message there may be, and says that it was cut", () => {
    const { content } = webhookBody({ url: "https://discord.com/api/webhooks/1/a", body, text: "a".repeat(5_000) }) as {
      content: string;
    };
    expect(content).toHaveLength(2_000);
    expect(content.endsWith("…")).toBe(true);
  });

  test("is signed as the specification says: the value of its own example", () => {
    // standard-webhooks.org, the example of its libraries' tests.
    const signed = signedHeaders("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", {
      id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
      body: '{"test": 2432232314}',
      seconds: 1_614_265_330,
    });
    expect(signed["webhook-signature"]).toBe("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
  });

  test("has one secret, which is made once and kept; where none can be kept nothing is signed", async () => {
    const kept = new Map<string, string>();
    const store: SecretStore = {
      available: true,
      description: "",
      get: async (name) => kept.get(name) ?? null,
      set: async (name, value) => void (value === null ? kept.delete(name) : kept.set(name, value)),
    };
    const [first, second] = [new WebhookSigning(store), new WebhookSigning(store)];
    const secret = await first.secret();
    expect(secret).toMatch(/^whsec_[\w+/]{43}=$/);
    expect(await second.secret()).toBe(secret);
    const headers = await second.headers("a", "{}", 5_000);
    const key = Buffer.from(secret?.slice(6) ?? "", "base64");
    const signature = createHmac("sha256", key).update("a.5.{}").digest("base64");
    expect(headers).toEqual({ "webhook-id": "a", "webhook-timestamp": "5", "webhook-signature": `v1,${signature}` });
    expect(await new WebhookSigning({ ...store, available: false }).headers("a", "{}", 0)).toEqual({});
  });
});

describe("what quiet hours kept back", () => {
  const alert = (level: Alert["level"], message: string): Alert => ({
    id: alertId.parse("019ac1f0-5d7c-7000-8000-000000000001"),
    atMs: 1,
    kind: "drift",
    level,
    message,
    remedy: "Look.",
    location: "models",
    acknowledgedAtMs: null,
    acknowledgedBy: null,
  });

  test("comes as one when they end, without what was sent at once or reaches nobody", () => {
    const alerts = [alert("info", "A"), alert("warning", "B"), alert("critical", "C")];
    expect(digestOf(alerts, "info")).toMatchObject({
      level: "warning",
      message: "2 alerts during the quiet hours: A; B",
      remedy: "Look at them among the alerts.",
    });
    expect(digestOf(alerts, "warning")).toMatchObject({
      message: "One alert during the quiet hours: B",
      remedy: "Look.",
      location: "models",
    });
    expect(digestOf(alerts, "critical")).toBeNull();
    expect(
      digestOf(
        Array.from({ length: 9 }, (_, index) => alert("info", `N${index}`)),
        "info",
      )?.message,
    ).toMatch(/^9 alerts during the quiet hours: N0; N1; N2; N3; N4; and 4 more$/);
  });

  test.each([
    [{ fromMinute: 1_320, untilMinute: 420 }, 1_319, 0],
    [{ fromMinute: 1_320, untilMinute: 420 }, 1_320, 540],
    [{ fromMinute: 1_320, untilMinute: 420 }, 419, 1],
    [{ fromMinute: 1_320, untilMinute: 420 }, 420, 0],
    [{ fromMinute: 60, untilMinute: 120 }, 61, 59],
    [null, 61, 0],
  ])("waits for their end: %j at minute %d", (quiet, minute, left) => {
    expect(minutesUntilLoud(quiet, minute)).toBe(left);
  });
});
