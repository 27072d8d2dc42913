import { v7 as uuid } from "uuid";
import type { ModelUpdate, Subscriber } from "../../shared/contract/coordination.ts";
import { subscriberId, type SubscriberId } from "../../shared/contract/ids.ts";
import type { ChangeFeed } from "../base/change-feed.ts";
import type { DatabasePool } from "../db/pool.ts";
import type { SubscriberState } from "../db/queries/coordination.ts";
import { Failure } from "../base/failure.ts";
import type { UpdateBroadcaster } from "../registry/registry-updates.ts";
import { WakeUp } from "../base/wake-up.ts";
import { refuseBadAddress } from "./address.ts";
import type { AlertSink } from "./alert-sink.ts";
import { Delivery } from "./delivery.ts";
import { alertFromFailedDelivery } from "./rules/occasions.ts";
import type { Webhooks } from "./webhooks.ts";

/** A part of this process that has to know what answers a use case. */
export interface Service {
  /** How it is shown among the subscribers. */
  readonly name: string;
  /** Resolves when the updates have been applied. The same update may come twice and must then change nothing. */
  notify(updates: readonly ModelUpdate[]): Promise<void> | void;
}

export interface ServiceCoordinatorPorts {
  readonly database: DatabasePool;
  readonly webhooks: Pick<Webhooks, "post">;
  readonly nowMs: () => number;
  readonly random: () => number;
  readonly changes: ChangeFeed;
  /** Raises that a subscriber has not been reached for long. */
  readonly alerts: AlertSink;
}

const updatesAtOnce = 100;
/** A request that is being sent to a webhook when Taleward closes gets so long to end. */
const graceMs = 1_000;

/**
 * Sends every change of what answers a use case to all subscribers: services of this process, programs by webhook, and
 * connected clients. Updates are inserted with the change itself, sent in order, and sent again until they are acknowledged.
 */
export class ServiceCoordinator implements UpdateBroadcaster {
  readonly #ports: ServiceCoordinatorPorts;
  #services: Delivery[] = [];
  readonly #programs = new Map<SubscriberId, Delivery>();
  readonly #listening = new Set<() => void>();
  #closed = false;

  constructor(ports: ServiceCoordinatorPorts) {
    this.#ports = ports;
  }

  /** Resumes where the last run of Taleward ended: updates that were not acknowledged are sent first. */
  async start(services: readonly Service[]): Promise<void> {
    const { database, nowMs } = this.#ports;
    const registered = await database.write("registerServices", {
      services: services.map(({ name }) => ({ id: newId(), name: `${ownNames} ${name}` })),
      atMs: nowMs(),
    });
    this.#services = services.flatMap((service, index) => {
      const subscriber = registered[index];
      return subscriber ? [this.#delivery(subscriber, updatesAtOnce, async (updates) => service.notify(updates))] : [];
    });
    for (const subscriber of await database.read("listSubscribers"))
      if (subscriber.kind === "webhook") this.#add(subscriber);
    void this.broadcast();
  }

  /**
   * To be called after every write of an update. Resolves when the services of this process have it, to how many updates the
   * slowest of them received; webhooks and clients are not waited for. Never rejects: a failed delivery is tried again.
   */
  async broadcast(): Promise<number> {
    for (const delivery of this.#programs.values()) void delivery.run();
    for (const wake of this.#listening) wake();
    const delivered = await Promise.all(this.#services.map((delivery) => delivery.run()));
    return delivered.length === 0 ? 0 : Math.min(...delivered);
  }

  async subscribers(): Promise<Subscriber[]> {
    return (await this.#ports.database.read("listSubscribers")).map(withoutTries);
  }

  /** Newest first. */
  history(limit: number): Promise<ModelUpdate[]> {
    return this.#ports.database.read("updateHistory", { limit });
  }

  /** Subscribes a webhook: it is sent what answers each use case now, then every update. Throws `Failure` BAD_REQUEST for its address or name, CONFLICT for a taken name. */
  async subscribe({ name, url }: { name: string; url: string }): Promise<Subscriber> {
    refuseBadAddress(url, "url");
    refuseOwnName(name, "name");
    const { database, nowMs, changes } = this.#ports;
    const subscriber = await database.write("addWebhook", { id: newId(), name, url, atMs: nowMs() });
    const delivery = this.#add(subscriber);
    changes.announce("updates");
    void delivery.run(); // an update may have come between
    return withoutTries(subscriber);
  }

  async unsubscribe(id: SubscriberId): Promise<void> {
    const { database, changes } = this.#ports;
    await database.write("removeSubscriber", { subscriberId: id });
    const delivery = this.#programs.get(id);
    this.#programs.delete(id);
    for (const wake of this.#listening) wake();
    changes.announce("updates");
    await delivery?.close(0);
  }

  /** Sends the waiting updates without the wait for the next attempt. Throws CONFLICT for a client, which reads by itself. */
  async deliver(id: SubscriberId): Promise<Subscriber> {
    const { database } = this.#ports;
    const subscriber = await database.read("getSubscriber", { subscriberId: id });
    const delivery = this.#programs.get(id) ?? this.#services.find((service) => service.id === id);
    if (!delivery)
      throw new Failure("CONFLICT", `${subscriber.name} reads its updates by itself.`, {
        field: "subscriberId",
        value: id,
        remedy: "They wait until it connects again.",
      });
    await delivery.runNow();
    return withoutTries(await database.read("getSubscriber", { subscriberId: id }));
  }

  /**
   * For a connected client, under a name of its own: the updates it has not acknowledged, oldest first, then each new one.
   * Ends with the signal, and when the client is unsubscribed.
   */
  async *updates(client: string, signal: AbortSignal | undefined): AsyncGenerator<ModelUpdate> {
    refuseOwnName(client, "client");
    const { database, nowMs, changes } = this.#ports;
    const woken = new WakeUp();
    const onUpdate = () => woken.wake();
    this.#listening.add(onUpdate);
    signal?.addEventListener("abort", onUpdate);
    try {
      const joined = await database.write("joinClient", { id: newId(), name: client, atMs: nowMs() });
      changes.announce("updates");
      let sequence = joined.acknowledged;
      while (!signal?.aborted && !this.#closed) {
        woken.clear();
        const updates = await database.read("updatesAfter", {
          subscriberId: joined.id,
          sequence,
          limit: updatesAtOnce,
        });
        if (updates === null) return;
        for (const update of updates) {
          yield update;
          sequence = update.sequence;
        }
        if (updates.length === 0) await woken.wait();
      }
    } finally {
      this.#listening.delete(onUpdate);
      signal?.removeEventListener("abort", onUpdate);
    }
  }

  /** Acknowledges every update up to and including a sequence number, for the client of that name. */
  async acknowledge(client: string, sequence: number): Promise<void> {
    await this.#ports.database.write("acknowledgeAsClient", { client, sequence });
    this.#ports.changes.announce("updates");
  }

  /** Deliveries in progress get a second to end; the other updates are sent at the next start. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const wake of this.#listening) wake();
    const deliveries = [...this.#services, ...this.#programs.values()];
    await Promise.all(deliveries.map((delivery) => delivery.close(graceMs)));
  }

  #add(subscriber: SubscriberState): Delivery {
    const { id, url } = subscriber;
    const delivery = this.#delivery(subscriber, 1, async (updates, signal) => {
      for (const update of updates)
        await this.#ports.webhooks.post(
          {
            url: url ?? "",
            body: update,
            text: `${update.useCase}: ${update.message} (${update.percent} % of its calls)`,
            id: update.key,
            headers: { "x-taleward-sequence": String(update.sequence) },
          },
          signal,
        );
    });
    this.#programs.set(id, delivery);
    return delivery;
  }

  #delivery(
    subscriber: SubscriberState,
    atOnce: number,
    send: (updates: readonly ModelUpdate[], signal: AbortSignal) => Promise<void>,
  ): Delivery {
    const { database, nowMs, random, changes, alerts } = this.#ports;
    return new Delivery({
      database,
      subscriber,
      atOnce,
      send,
      nowMs,
      random,
      changed: () => changes.announce("updates"),
      failed: (tries, error) => alerts.raise(alertFromFailedDelivery(subscriber, tries, error)),
    });
  }
}

const ownNames = "Taleward:";

/** Services of this process are listed beside the other subscribers, so their names are reserved. */
function refuseOwnName(name: string, field: string): void {
  if (!name.startsWith(ownNames)) return;
  throw new Failure("BAD_REQUEST", `Names that begin with ${ownNames} are those of Taleward's own services.`, {
    field,
    value: name,
    remedy: "Choose another name.",
  });
}

function withoutTries(state: SubscriberState): Subscriber {
  const { tries: _, ...subscriber } = state;
  return subscriber;
}

function newId(): SubscriberId {
  return subscriberId.parse(uuid());
}
