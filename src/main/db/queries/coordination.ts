import { randomUUID } from "node:crypto";
import type { Database } from "better-sqlite3";
import type { ModelUpdate, Subscriber } from "../../../shared/contract/coordination.ts";
import type { SubscriberId, VersionId } from "../../../shared/contract/ids.ts";
import { Failure } from "../../base/failure.ts";
import { all, one, run } from "../statements.ts";

/** A change of what answers a use case, as the write that makes the change tells it. */
export interface NewUpdate {
  readonly atMs: number;
  readonly useCase: string;
  readonly type: ModelUpdate["type"];
  readonly versionId: VersionId;
  /** The share of the calls that goes to the version, 0 to 100. */
  readonly percent: number;
  readonly message: string;
}

/** A subscriber with how often in a row it could not be told. */
export interface SubscriberState extends Subscriber {
  readonly tries: number;
}

/** Puts an update into the outbox, in the transaction of the change it tells of: there is never one without the other. */
export function insertUpdate(db: Database, update: NewUpdate): void {
  const inserted = run(
    db,
    `INSERT INTO model_updates (key, at_ms, use_case, type, version_id, model, version, percent, message)
     SELECT $key, $atMs, $useCase, $type, v.id, m.name, v.version, $percent, $message
     FROM model_versions v JOIN models m ON m.id = v.model_id WHERE v.id = $versionId`,
    { ...update, key: randomUUID() },
  );
  if (inserted === 0) throw new Error(`there is no version ${update.versionId} to tell of`);
}

export const coordinationReads = {
  /** Oldest first; null when there is no such subscriber any more. */
  waitingUpdates(db: Database, of: { subscriberId: SubscriberId; limit: number }): ModelUpdate[] | null {
    if (!one(db, "SELECT 1 FROM subscribers WHERE id = $subscriberId", of)) return null;
    return all(
      db,
      `${selectUpdates} WHERE sequence > (SELECT acknowledged FROM subscribers WHERE id = $subscriberId)
       ORDER BY sequence LIMIT $limit`,
      of,
    );
  },

  /** What comes after a sequence, for a subscriber that has been told so far; null when there is no such subscriber any more. */
  updatesAfter(
    db: Database,
    of: { subscriberId: SubscriberId; sequence: number; limit: number },
  ): ModelUpdate[] | null {
    if (!one(db, "SELECT 1 FROM subscribers WHERE id = $subscriberId", of)) return null;
    return all(db, `${selectUpdates} WHERE sequence > $sequence ORDER BY sequence LIMIT $limit`, of);
  },

  updateHistory(db: Database, { limit }: { limit: number }): ModelUpdate[] {
    return all(db, `${selectUpdates} ORDER BY sequence DESC LIMIT $limit`, { limit });
  },

  listSubscribers(db: Database): SubscriberState[] {
    return all(db, `${selectSubscribers} ORDER BY kind = 'in_process' DESC, created_at_ms, name`);
  },

  getSubscriber(db: Database, { subscriberId }: { subscriberId: SubscriberId }): SubscriberState {
    return requireSubscriber(db, subscriberId);
  },
};

export const coordinationWrites = {
  /** Told of what comes from now on. CONFLICT where the name is taken. */
  addWebhook(db: Database, fact: { id: SubscriberId; name: string; url: string; atMs: number }): SubscriberState {
    const taken = named(db, fact.name);
    if (taken)
      throw new Failure("CONFLICT", `There is a subscriber ${fact.name} already.`, {
        field: "name",
        value: fact.name,
        remedy: "Choose another name, or take the other one away first.",
      });
    insertSubscriber(db, { ...fact, kind: "webhook" });
    return requireSubscriber(db, fact.id);
  },

  /** A client by its own name: as it was left, or a new one that is told of what comes from now on. */
  joinClient(db: Database, fact: { id: SubscriberId; name: string; atMs: number }): SubscriberState {
    const known = named(db, fact.name);
    if (known && known.kind !== "client")
      throw new Failure("CONFLICT", `${fact.name} is the name of a subscriber that is told in another way.`, {
        field: "client",
        value: fact.name,
        remedy: "Choose another name for the client.",
      });
    if (!known) insertSubscriber(db, { ...fact, kind: "client", url: null });
    return known ?? requireSubscriber(db, fact.id);
  },

  /** The services of this process, by name, and no others; those known already go on where they were. */
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

  /** CONFLICT for a service of Taleward itself. */
  removeSubscriber(db: Database, { subscriberId }: { subscriberId: SubscriberId }): void {
    const { kind, name } = requireSubscriber(db, subscriberId);
    if (kind === "in_process")
      throw new Failure("CONFLICT", `${name} is a part of Taleward and has to be told.`, {
        field: "subscriberId",
        value: subscriberId,
        remedy: "Leave it as it is.",
      });
    run(db, "DELETE FROM subscribers WHERE id = $subscriberId", { subscriberId });
    deleteDelivered(db);
  },

  /** All up to and with a sequence; what was acknowledged before stays so. Nothing where the subscriber is gone. */
  acknowledgeUpdates(db: Database, { subscriberId, sequence }: { subscriberId: SubscriberId; sequence: number }): void {
    run(
      db,
      `UPDATE subscribers SET acknowledged = max(acknowledged, $sequence), tries = 0, last_error = NULL, next_try_at_ms = NULL
       WHERE id = $subscriberId`,
      { subscriberId, sequence },
    );
    deleteDelivered(db);
  },

  /** NOT_FOUND for a client that never listened, BAD_REQUEST for an update that is not there yet. */
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
        remedy: `Acknowledge ${newest} or less, as the updates said.`,
      });
    coordinationWrites.acknowledgeUpdates(db, { subscriberId: known.id, sequence });
  },

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

/** Updates that everybody has are kept this many at a time, for the history. */
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
  fact: { id: SubscriberId; name: string; kind: Subscriber["kind"]; url: string | null; atMs: number },
): void {
  run(
    db,
    `INSERT INTO subscribers (id, name, kind, url, acknowledged, tries, created_at_ms)
     VALUES ($id, $name, $kind, $url, $newest, 0, $atMs)`,
    { ...fact, newest: newestSequence(db) },
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

/** The newest row is never forgotten, so no sequence is given out twice. */
function newestSequence(db: Database): number {
  return one<{ newest: number | null }>(db, "SELECT max(sequence) AS newest FROM model_updates")?.newest ?? 0;
}

function deleteDelivered(db: Database): void {
  run(
    db,
    `DELETE FROM model_updates WHERE sequence <= (SELECT max(sequence) FROM model_updates) - $keptUpdates
     AND sequence <= (SELECT min(acknowledged) FROM subscribers)`,
    { keptUpdates },
  );
}
