import type { Actor } from "../../shared/contract/actor.ts";
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
import { alertFromFailedWebhook } from "./occasions.ts";
import { decide, type Destinations, isQuiet, levelThatReachesAll, parseRules } from "./rules.ts";
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
const sameWithinMs = 600_000;
/** With waits of 1 s, doubled each time: a quarter of an hour. */
const maxTries = 10;
const graceMs = 1_000;

/**
 * What a person has to know: kept until it is acknowledged, and told beside the screens as the rules say. What is held back in
 * quiet hours is not told later; it stays open here. What says the same of the same place within 10 minutes is one alert; what
 * happens in a rollout is told each time, for it happens once.
 */
export class Alerts implements AlertSink {
  readonly #needs: AlertsPorts;
  readonly #closing = new AbortController();
  /** Ends what is on its way. */
  readonly #cutting = new AbortController();
  readonly #work = new Set<Promise<void>>();
  #rules: AlertRules | null = null;

  constructor(needs: AlertsPorts) {
    this.#needs = needs;
  }

  /** Beside the caller, who is never held up by it and never fails with it. */
  raise(alert: NewAlert | null): void {
    if (alert && !this.#closing.signal.aborted) this.#beside(this.#raise(alert));
  }

  list(filter: { open?: boolean | undefined; limit: number }): Promise<{ items: Alert[]; open: number }> {
    return this.#needs.database.read("listAlerts", { open: filter.open ?? null, limit: filter.limit });
  }

  /** One, or all that are open; resolves to how many were. Throws `Failure` NOT_FOUND for an id of none. */
  async acknowledge(id: AlertId | undefined, by: Actor): Promise<number> {
    const fact = { alertId: id ?? null, atMs: this.#needs.nowMs(), by };
    const acknowledged = await this.#needs.database.write("acknowledgeAlerts", fact);
    this.#needs.changes.announce("alerts");
    return acknowledged;
  }

  async rules(): Promise<AlertRules> {
    this.#rules ??= parseRules(await this.#needs.database.read("getSetting", { key: settingKey }));
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
    await this.#needs.database.write("putSetting", { key: settingKey, value: JSON.stringify(saved) });
    this.#rules = saved;
    this.#needs.changes.announce("alerts");
    return saved;
  }

  /** An alert that the rules tell everywhere they tell anything. Throws `Failure` UNAVAILABLE where the webhook does not take it. */
  async test(): Promise<Alert> {
    const { database, nowMs, changes } = this.#needs;
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
      remedy: delivery(rules, to, minute, this.#needs.notify !== undefined),
      place: null,
      acknowledgedAtMs: null,
      acknowledgedBy: null,
    };
    this.#notify(alert, to);
    const refusal = to.webhook === null ? null : await this.#refusalOf(to.webhook, alert);
    // Kept with how it went.
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

  /** Null where it was taken. */
  async #refusalOf(url: string, alert: Alert): Promise<DeliveryError | null> {
    try {
      await this.#post(url, alert);
      return null;
    } catch (error) {
      if (error instanceof DeliveryError) return error;
      throw error;
    }
  }

  /** What is on its way may still arrive, for a second; nothing is tried again. */
  async close(): Promise<void> {
    const closing = new DOMException("Taleward is closing", "AbortError");
    this.#closing.abort(closing);
    const grace = setTimeout(() => this.#cutting.abort(closing), graceMs);
    await Promise.all(this.#work);
    clearTimeout(grace);
  }

  async #raise(alert: NewAlert, byWebhook = true): Promise<void> {
    const { database, nowMs, changes } = this.#needs;
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
    if (to.webhook !== null && byWebhook) await this.#postUntilTaken(raised.alert);
  }

  #notify({ level, message, remedy, place }: Alert, { desktop }: Destinations): void {
    if (desktop) this.#needs.notify?.({ level, title: message, body: remedy, place });
  }

  /** To where the rules say by then. */
  async #postUntilTaken(alert: Alert): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      const { webhook } = await this.rules();
      if (webhook === null) return;
      try {
        return await this.#post(webhook.url, alert);
      } catch (error) {
        if (!(error instanceof DeliveryError)) throw error;
        // Told in every way but the one that failed.
        if (tries === maxTries) return this.#raise(alertFromFailedWebhook(error.message), false);
        const wait = waitMs(tries - 1, this.#needs.random(), error.retryAfterMs);
        await sleep(wait, undefined, { signal: this.#closing.signal, ref: false });
      }
    }
  }

  async #post(url: string, alert: Alert): Promise<void> {
    const message = { url, body: alert, headers: { "idempotency-key": `${alert.id}-${alert.level}` } };
    await this.#needs.webhooks.post(message, this.#cutting.signal);
  }

  #beside(work: Promise<void>): void {
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
  const places = [
    ...(to.desktop && hasDesktop ? ["on the desktop"] : []),
    ...(to.webhook === null ? [] : ["by the webhook"]),
  ];
  return places.length === 0 ? "The rules tell it nowhere but here." : `It was told ${places.join(" and ")} too.`;
}

/** Of the day, by the clock on the wall. */
function localMinute(atMs: number): number {
  const date = new Date(atMs);
  return date.getHours() * 60 + date.getMinutes();
}
