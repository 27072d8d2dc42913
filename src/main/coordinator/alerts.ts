import { type Actor, system } from "../../shared/contract/actor.ts";
import { setTimeout as sleep } from "node:timers/promises";
import { v7 as uuid } from "uuid";
import type { Alert, AlertRules } from "../../shared/contract/coordination.ts";
import { alertId, type AlertId } from "../../shared/contract/ids.ts";
import type { ChangeFeed } from "../base/change-feed.ts";
import type { DatabasePool } from "../db/pool.ts";
import type { NewAlert } from "../db/queries/alerts.ts";
import { Failure } from "../base/failure.ts";
import { log } from "../base/logger.ts";
import type { HostNotice } from "../host/host-notices.ts";
import { refuseBadAddress } from "./address.ts";
import type { AlertSink } from "./alert-sink.ts";
import { waitMs } from "./backoff.ts";
import { DeliveryError } from "./delivery.ts";
import { alertFromFailedWebhook } from "./rules/occasions.ts";
import {
  decide,
  type Destinations,
  digestOf,
  isQuiet,
  levelThatReachesAll,
  minutesUntilLoud,
  parseRules,
} from "./rules/rules.ts";
import type { Webhooks } from "./webhooks.ts";

export interface AlertsPorts {
  readonly database: DatabasePool;
  readonly webhooks: Pick<Webhooks, "post">;
  /** Shows a notification of the desktop; absent where there is none. */
  readonly notify?: ((notice: HostNotice) => void) | undefined;
  readonly nowMs: () => number;
  readonly random: () => number;
  readonly changes: ChangeFeed;
}

const settingKey = "alert-rules";
/** When the first alert came that the quiet hours kept back; empty where none is waiting. */
const keptBackKey = "alerts-kept-back";
const digestLookMs = 60_000;
const sameWithinMs = 600_000;
/** With waits of 1 s, doubled each time, they take a quarter of an hour. */
const maxTries = 10;
const graceMs = 1_000;

/**
 * Alerts for a person: stored until they are acknowledged, and sent to the desktop and a webhook by the rules. Those that quiet
 * hours keep back are sent as one when these end, as far as they are open then. The same message about the same location within 10 minutes is one alert;
 * events of a rollout raise one each, for each happens once.
 */
export class Alerts implements AlertSink {
  readonly #ports: AlertsPorts;
  readonly #closing = new AbortController();
  /** Aborts the requests in progress. */
  readonly #cutting = new AbortController();
  readonly #work = new Set<Promise<void>>();
  #rules: AlertRules | null = null;
  #digestTimer: NodeJS.Timeout | undefined;

  constructor(ports: AlertsPorts) {
    this.#ports = ports;
  }

  /** Sends what quiet hours kept back and a restart came between, or waits for their end. */
  async start(): Promise<void> {
    if ((await this.#keptBackSinceMs()) !== null) await this.#planDigest();
  }

  /** Raises an alert in the background, none for null: the caller neither waits for it nor fails with it. */
  raise(alert: NewAlert | null): void {
    if (alert && !this.#closing.signal.aborted) this.#inBackground(this.#raise(alert));
  }

  /** Resolves in the background what is over; what is raised about it before is stored before. */
  resolve(over: Pick<NewAlert, "kind" | "location">): void {
    if (!this.#closing.signal.aborted) this.#inBackground(this.#resolve(over));
  }

  list(filter: { open?: boolean | undefined; limit: number }): Promise<{ items: Alert[]; open: number }> {
    return this.#ports.database.read("listAlerts", { open: filter.open ?? null, limit: filter.limit });
  }

  /** Acknowledges one, or all that are open; resolves to how many were. Throws `Failure` NOT_FOUND for an unknown id. */
  async acknowledge(id: AlertId | undefined, by: Actor): Promise<number> {
    const fact = { alertId: id ?? null, atMs: this.#ports.nowMs(), by };
    const acknowledged = await this.#ports.database.write("acknowledgeAlerts", fact);
    this.#ports.changes.announce("alerts");
    return acknowledged;
  }

  async rules(): Promise<AlertRules> {
    this.#rules ??= parseRules(await this.#ports.database.read("getSetting", { key: settingKey }));
    return this.#rules;
  }

  /** Throws `Failure` BAD_REQUEST where the webhook's address holds a password or the quiet hours have no length. */
  async saveRules(rules: AlertRules): Promise<AlertRules> {
    if (rules.webhook !== null) refuseBadAddress(rules.webhook.url, "webhook.url");
    if (rules.quiet !== null && rules.quiet.fromMinute === rules.quiet.untilMinute)
      throw new Failure("BAD_REQUEST", "The quiet hours end when they begin.", {
        field: "quiet.untilMinute",
        value: String(rules.quiet.untilMinute),
        remedy: "Let them end at another time, or leave them out.",
      });
    const saved = { ...rules, muted: [...new Set(rules.muted)] };
    await this.#ports.database.write("putSetting", { key: settingKey, value: JSON.stringify(saved) });
    this.#rules = saved;
    this.#ports.changes.announce("alerts");
    return saved;
  }

  /** Sends a test alert to every destination of the rules. Throws `Failure` UNAVAILABLE where the webhook does not accept it. */
  async test(): Promise<Alert> {
    const { database, nowMs, changes } = this.#ports;
    const rules = await this.rules();
    const level = levelThatReachesAll(rules);
    const minute = localMinute(nowMs());
    const to = decide(rules, { level }, minute);
    const alert: Alert = {
      id: alertId.parse(uuid()),
      atMs: nowMs(),
      kind: "delivery",
      level,
      message: "This is a test alert",
      remedy: delivery(rules, to, minute, this.#ports.notify !== undefined),
      location: null,
      acknowledgedAtMs: null,
      acknowledgedBy: null,
    };
    this.#notify(alert, to);
    const refusal = to.webhook === null ? null : await this.#refusalOf(to.webhook, alert);
    // Stored with its outcome.
    const remedy = refusal === null ? alert.remedy : `The webhook did not take it. ${refusal.message}`;
    const raised = await database.write("raiseAlert", { ...alert, remedy, sameWithinMs: 0 });
    changes.announce("alerts");
    if (refusal === null) return raised.alert;
    throw new Failure("UNAVAILABLE", `The webhook did not take the test alert. ${refusal.message}`, {
      field: "webhook.url",
      value: to.webhook ?? "",
      remedy: "Start what listens there, or change the address, then test again.",
    });
  }

  /** Null where the webhook accepted it. */
  async #refusalOf(url: string, alert: Alert): Promise<DeliveryError | null> {
    try {
      await this.#post(url, alert);
      return null;
    } catch (error) {
      if (error instanceof DeliveryError) return error;
      throw error;
    }
  }

  /** Requests in progress get a second to end; nothing is tried again. */
  async close(): Promise<void> {
    const closing = new DOMException("Taleward is closing", "AbortError");
    this.#closing.abort(closing);
    clearTimeout(this.#digestTimer);
    const grace = setTimeout(() => this.#cutting.abort(closing), graceMs);
    await Promise.all(this.#work);
    clearTimeout(grace);
  }

  async #raise(alert: NewAlert, byWebhook = true): Promise<void> {
    const { database, nowMs, changes } = this.#ports;
    const rules = await this.rules();
    if (rules.muted.includes(alert.kind)) return;
    const raised = await database.write("raiseAlert", {
      ...alert,
      id: alertId.parse(uuid()),
      atMs: nowMs(),
      sameWithinMs: alert.kind === "rollout" ? 0 : sameWithinMs,
    });
    changes.announce("alerts");
    if (!raised.isNews) return;
    const to = decide(rules, raised.alert, localMinute(nowMs()));
    this.#notify(raised.alert, to);
    if (to.suppressed) await this.#keepBack(raised.alert);
    if (to.webhook !== null && byWebhook) await this.#postUntilAccepted(raised.alert);
  }

  async #keptBackSinceMs(): Promise<number | null> {
    const kept = await this.#ports.database.read("getSetting", { key: keptBackKey });
    return kept === null || kept === "" ? null : Number(kept);
  }

  async #keepBack({ atMs }: Alert): Promise<void> {
    if ((await this.#keptBackSinceMs()) === null)
      await this.#ports.database.write("putSetting", { key: keptBackKey, value: String(atMs) });
    await this.#planDigest();
  }

  /** Looks once a minute, so that a clock that is set and hours that are changed are noticed. */
  async #planDigest(): Promise<void> {
    clearTimeout(this.#digestTimer);
    if (this.#closing.signal.aborted) return;
    const { quiet } = await this.rules();
    if (minutesUntilLoud(quiet, localMinute(this.#ports.nowMs())) === 0) return this.#sendDigest();
    this.#digestTimer = setTimeout(() => this.#inBackground(this.#planDigest()), digestLookMs).unref();
  }

  async #sendDigest(): Promise<void> {
    const { database } = this.#ports;
    const sinceMs = await this.#keptBackSinceMs();
    if (sinceMs === null) return;
    const { items } = await database.read("listAlerts", { open: true, limit: 500 });
    const keptBack = items.filter(({ atMs }) => atMs >= sinceMs);
    const { desktop, webhook } = await this.rules();
    const onDesktop = desktop === null ? null : digestOf(keptBack, desktop);
    if (onDesktop) this.#notify(onDesktop, { desktop: true, webhook: null, suppressed: false });
    await database.write("putSetting", { key: keptBackKey, value: "" });
    const byWebhook = webhook === null ? null : digestOf(keptBack, webhook.from);
    if (byWebhook) await this.#postUntilAccepted({ ...byWebhook, id: alertId.parse(uuid()) });
  }

  async #resolve(over: Pick<NewAlert, "kind" | "location">): Promise<void> {
    const { database, nowMs, changes } = this.#ports;
    const resolved = await database.write("resolveAlerts", { ...over, atMs: nowMs(), by: system });
    if (resolved === 0) return;
    log.info("alerts were resolved by themselves", { kind: over.kind, count: resolved });
    changes.announce("alerts");
  }

  #notify({ level, message, remedy, location }: Alert, { desktop }: Destinations): void {
    if (desktop) this.#ports.notify?.({ level, title: message, body: remedy, location });
  }

  /** Reads the rules anew before each attempt: the webhook may have changed. */
  async #postUntilAccepted(alert: Alert): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      const { webhook } = await this.rules();
      if (webhook === null) return;
      try {
        return await this.#post(webhook.url, alert);
      } catch (error) {
        if (!(error instanceof DeliveryError)) throw error;
        // Sent to every destination but the one that failed.
        if (tries === maxTries) return this.#raise(alertFromFailedWebhook(error.message), false);
        const wait = waitMs(tries - 1, this.#ports.random(), error.retryAfterMs);
        await sleep(wait, undefined, { signal: this.#closing.signal, ref: false });
      }
    }
  }

  async #post(url: string, alert: Alert): Promise<void> {
    // `place` is what `location` was called in the first version; programs that read it still find it.
    const message = {
      url,
      body: { ...alert, place: alert.location },
      text: `${alert.level}: ${alert.message}. ${alert.remedy}`,
      id: `${alert.id}-${alert.level}`,
    };
    await this.#ports.webhooks.post(message, this.#cutting.signal);
  }

  #inBackground(work: Promise<void>): void {
    const watched = work
      .catch((error: unknown) => {
        if (!this.#closing.signal.aborted) log.error("an alert was not passed on", error);
      })
      .finally(() => this.#work.delete(watched));
    this.#work.add(watched);
  }
}

function delivery(rules: AlertRules, to: Destinations, minute: number, hasDesktop: boolean): string {
  if (to.suppressed && isQuiet(rules.quiet, minute)) return "It is shown here only: these are the quiet hours.";
  const channels = [
    ...(to.desktop && hasDesktop ? ["to the desktop"] : []),
    ...(to.webhook === null ? [] : ["to the webhook"]),
  ];
  return channels.length === 0
    ? "The rules send it nowhere: it is shown here only."
    : `It was also sent ${channels.join(" and ")}.`;
}

/** The minute of the day, local time. */
function localMinute(atMs: number): number {
  const date = new Date(atMs);
  return date.getHours() * 60 + date.getMinutes();
}
