import { randomUUID } from "node:crypto";
import type { Database } from "better-sqlite3";
import type { ModelUpdate, Subscriber } from "../../../shared/contract/coordination.ts";
import type { SubscriberId, VersionId } from "../../../shared/contract/ids.ts";
import { Failure } from "../../base/failure.ts";
import { all, one, run } from "../statements.ts";

/** A change of what answers a use case, as the write that makes the change reports it. */
export interface NewUpdate {
  readonly atMs: number;
  readonly useCase: string;
  readonly type: ModelUpdate["type"];
  readonly versionId: VersionId;
  /** The share of the calls that goes to the version, 0 to 100. */
  readonly percent: number;
  readonly message: string;
}

/** A subscriber with the number of its failed deliveries in a row. */
export interface SubscriberState extends Subscriber {
  readonly tries: number;
}

/**
 * Inserts an update into the outbox, in the transaction of the change it reports: neither is ever committed without the
 * other. Throws an `Error` where there is no such version.
 *
 * @example insertUpdate(db, { atMs, useCase: "drafting", type: "assigned", versionId, percent: 100, message: "llama 2 answers all calls now" });
 */
export function insertUpdate(db: Database, update: NewUpdate): void {
  const inserted = run(
    db,
    `INSERT INTO model_updates (key, at_ms, use_case, type, version_id, model, version, percent, message)
     SELECT $key, $atMs, $useCase, $type, v.id, m.name, v.version, $percent, $message
     FROM model_versions v JOIN models m ON m.id = v.model_id WHERE v.id = $versionId`,
    { ...update, key: randomUUID() },
  );
  if (inserted === 0) throw new Error(`there is no version ${update.versionId} to report`);
}

export const coordinationReads = {
  /**
   * The updates that a subscriber has not acknowledged, oldest first, at most `limit`; null where the subscriber was
   * removed.
   */
  waitingUpdates(db: Database, of: { subscriberId: SubscriberId; limit: number }): ModelUpdate[] | null {
    if (!one(db, "SELECT 1 FROM subscribers WHERE id = $subscriberId", of)) return null;
    return all(
      db,
      `${selectUpdates} WHERE sequence > (SELECT acknowledged FROM subscribers WHERE id = $subscriberId)
       ORDER BY sequence LIMIT $limit`,
      of,
    );
  },

  /**
   * The updates after a sequence number, oldest first, at most `limit`: for a subscriber that was sent everything up to
   * it, whether or not it acknowledged. Null where the subscriber was removed.
   */
  updatesAfter(
    db: Database,
    of: { subscriberId: SubscriberId; sequence: number; limit: number },
  ): ModelUpdate[] | null {
    if (!one(db, "SELECT 1 FROM subscribers WHERE id = $subscriberId", of)) return null;
    return all(db, `${selectUpdates} WHERE sequence > $sequence ORDER BY sequence LIMIT $limit`, of);
  },

  /**
   * The latest updates, newest first, whoever received them. Updates that every subscriber acknowledged are kept 10,000
   * at most.
   */
  updateHistory(db: Database, { limit }: { limit: number }): ModelUpdate[] {
    return all(db, `${selectUpdates} ORDER BY sequence DESC LIMIT $limit`, { limit });
  },

  /**
   * All subscribers with their backlog and last delivery error: Taleward's own services first, then by the time they
   * subscribed, then by name.
   */
  listSubscribers(db: Database): SubscriberState[] {
    return all(db, `${selectSubscribers} ORDER BY kind = 'in_process' DESC, created_at_ms, name`);
  },

  /** One subscriber. Throws NOT_FOUND. */
  getSubscriber(db: Database, { subscriberId }: { subscriberId: SubscriberId }): SubscriberState {
    return requireSubscriber(db, subscriberId);
  },
};

export const coordinationWrites = {
  /** Subscribes a webhook: it is sent the updates since those that made the present state, and all from now on. Throws CONFLICT where the name is taken. */
  addWebhook(db: Database, fact: { id: SubscriberId; name: string; url: string; atMs: number }): SubscriberState {
    const taken = named(db, fact.name);
    if (taken)
      throw new Failure("CONFLICT", `There is a subscriber ${fact.name} already.`, {
        field: "name",
        value: fact.name,
        remedy: "Choose another name, or take the other one away first.",
      });
    insertSubscriber(db, { ...fact, kind: "webhook", after: beforePresentState(db) });
    return requireSubscriber(db, fact.id);
  },

  /**
   * A connected client by its own name: with the backlog it left, or, where the name is new, subscribed to the updates
   * from now on. Throws CONFLICT where a webhook or a service has the name.
   */
  joinClient(db: Database, fact: { id: SubscriberId; name: string; atMs: number }): SubscriberState {
    const known = named(db, fact.name);
    if (known && known.kind !== "client")
      throw new Failure("CONFLICT", `${fact.name} is the name of a subscriber of another kind.`, {
        field: "client",
        value: fact.name,
        remedy: "Choose another name for the client.",
      });
    if (!known) insertSubscriber(db, { ...fact, kind: "client", url: null });
    return known ?? requireSubscriber(db, fact.id);
  },

  /**
   * Makes the services of this process the only `in_process` subscribers, by name, and returns them in the given order.
   * One that was registered before keeps its backlog; one that is not named any more is removed.
   */
  registerServices(
    db: Database,
    { services, atMs }: { services: readonly { id: SubscriberId; name: string }[]; atMs: number },
  ): SubscriberState[] {
    const names = services.map(({ name }) => name);
    run(db, "DELETE FROM subscribers WHERE kind = 'in_process' AND name NOT IN (SELECT value FROM json_each($names))", {
      names: JSON.stringify(names),
    });
    for (const service of services)
      if (!named(db, service.name)) insertSubscriber(db, { ...service, kind: "in_process", url: null, atMs });
    return names.flatMap((name) => named(db, name) ?? []);
  },

  /** Removes a subscriber with its backlog. Throws NOT_FOUND, and CONFLICT for one of Taleward's own services. */
  removeSubscriber(db: Database, { subscriberId }: { subscriberId: SubscriberId }): void {
    const { kind, name } = requireSubscriber(db, subscriberId);
    if (kind === "in_process")
      throw new Failure("CONFLICT", `${name} is a part of Taleward and cannot unsubscribe.`, {
        field: "subscriberId",
        value: subscriberId,
        remedy: "Leave it as it is.",
      });
    run(db, "DELETE FROM subscribers WHERE id = $subscriberId", { subscriberId });
    deleteDelivered(db);
  },

  /**
   * Acknowledges every update up to and including a sequence number and resets the failed attempts. A lower number than
   * before changes nothing; neither does a subscriber that was removed.
   */
  acknowledgeUpdates(db: Database, { subscriberId, sequence }: { subscriberId: SubscriberId; sequence: number }): void {
    run(
      db,
      `UPDATE subscribers SET acknowledged = max(acknowledged, $sequence), tries = 0, last_error = NULL, next_try_at_ms = NULL
       WHERE id = $subscriberId`,
      { subscriberId, sequence },
    );
    deleteDelivered(db);
  },

  /**
   * The same for a client, by its name. Throws NOT_FOUND for a client that never listened, and BAD_REQUEST for a
   * sequence number that no update has yet.
   */
  acknowledgeAsClient(db: Database, { client, sequence }: { client: string; sequence: number }): void {
    const known = named(db, client);
    if (known?.kind !== "client")
      throw new Failure("NOT_FOUND", `There is no client ${client}.`, {
        field: "client",
        value: client,
        remedy: "Listen to the updates by that name first.",
      });
    const newest = newestSequence(db);
    if (sequence > newest)
      throw new Failure("BAD_REQUEST", `There is no update ${sequence} yet.`, {
        field: "sequence",
        value: String(sequence),
        remedy: `Acknowledge ${newest} or less, as the updates have it.`,
      });
    coordinationWrites.acknowledgeUpdates(db, { subscriberId: known.id, sequence });
  },

  /**
   * Records a failed delivery: `tries` failures in a row, the last error, and when the next attempt is due. Changes
   * nothing where the subscriber was removed.
   */
  deliveryFailed(
    db: Database,
    fact: { subscriberId: SubscriberId; tries: number; error: string; nextTryAtMs: number },
  ): void {
    run(
      db,
      "UPDATE subscribers SET tries = $tries, last_error = $error, next_try_at_ms = $nextTryAtMs WHERE id = $subscriberId",
      fact,
    );
  },
};

/** A use case that has not changed for so many updates is not sent to a new subscriber. */
const maxPresentUpdates = 1_000;
/** Of the updates that every subscriber acknowledged, so many are kept for the history. */
const keptUpdates = 10_000;

const selectUpdates = `
  SELECT sequence, key, at_ms AS atMs, use_case AS useCase, type, version_id AS versionId, model, version, percent, message
  FROM model_updates`;
const selectSubscribers = `
  SELECT id, name, kind, url, acknowledged, tries, last_error AS lastError, next_try_at_ms AS nextTryAtMs,
    created_at_ms AS createdAtMs, (SELECT count(*) FROM model_updates WHERE sequence > acknowledged) AS waiting
  FROM subscribers`;

function insertSubscriber(
  db: Database,
  fact: {
    id: SubscriberId;
    name: string;
    kind: Subscriber["kind"];
    url: string | null;
    atMs: number;
    /** The last update that it needs not be sent; the newest where it is left out. */
    after?: number;
  },
): void {
  run(
    db,
    `INSERT INTO subscribers (id, name, kind, url, acknowledged, tries, created_at_ms)
     VALUES ($id, $name, $kind, $url, $newest, 0, $atMs)`,
    { ...fact, newest: fact.after ?? newestSequence(db) },
  );
}

function named(db: Database, name: string): SubscriberState | undefined {
  return one(db, `${selectSubscribers} WHERE name = $name`, { name });
}

function requireSubscriber(db: Database, subscriberId: SubscriberId): SubscriberState {
  const row = one<SubscriberState>(db, `${selectSubscribers} WHERE id = $subscriberId`, { subscriberId });
  if (row) return row;
  throw new Failure("NOT_FOUND", "There is no such subscriber.", {
    field: "subscriberId",
    value: subscriberId,
    remedy: "List the subscribers and use one of their ids.",
  });
}

/** The newest row is never deleted, so no sequence number is used twice. */
function newestSequence(db: Database): number {
  return one<{ newest: number | null }>(db, "SELECT max(sequence) AS newest FROM model_updates")?.newest ?? 0;
}

/** The last update before the oldest of those that say what answers a use case now; so many that are older are sent with them at most. */
function beforePresentState(db: Database): number {
  const oldest = one<{ sequence: number | null }>(
    db,
    "SELECT min(newest) AS sequence FROM (SELECT max(sequence) AS newest FROM model_updates GROUP BY use_case)",
  )?.sequence;
  return oldest == null ? newestSequence(db) : Math.max(oldest - 1, newestSequence(db) - maxPresentUpdates);
}

function deleteDelivered(db: Database): void {
  run(
    db,
    `DELETE FROM model_updates WHERE sequence <= (SELECT max(sequence) FROM model_updates) - $keptUpdates
     AND sequence <= (SELECT min(acknowledged) FROM subscribers)`,
    { keptUpdates },
  );
}
