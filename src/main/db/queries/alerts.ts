import type { Actor } from "../../../shared/contract/actor.ts";
import type { Database } from "better-sqlite3";
import type { Alert } from "../../../shared/contract/coordination.ts";
import type { AlertId } from "../../../shared/contract/ids.ts";
import { Failure } from "../../base/failure.ts";
import { all, one, run } from "../statements.ts";

export type NewAlert = Pick<Alert, "kind" | "level" | "message" | "remedy" | "location">;

/** `isNews` is false where the same alert was open and is counted once more. */
export interface Raised {
  readonly alert: Alert;
  readonly isNews: boolean;
}

interface AlertRow extends Omit<Alert, "acknowledgedBy"> {
  readonly acknowledgedBy: string | null;
  readonly times: number;
}

export const alertReads = {
  /**
   * The alerts, newest first, and how many of all are unacknowledged. `open`: true gives those alone, false the
   * acknowledged ones, null both. An alert that was raised several times says so at the end of its message.
   */
  listAlerts(db: Database, filter: { open: boolean | null; limit: number }): { items: Alert[]; open: number } {
    const items = all<AlertRow>(
      db,
      `${selectAlerts} WHERE $open IS NULL OR (acknowledged_at_ms IS NULL) = $open ORDER BY at_ms DESC, id DESC LIMIT $limit`,
      { ...filter, open: filter.open === null ? null : Number(filter.open) },
    );
    return { items: items.map(toAlert), open: countOpen(db) };
  },
};

export const alertWrites = {
  /**
   * Raises an alert. Where an unacknowledged one of the same kind, location and message is less than `sameWithinMs`
   * (milliseconds) old, that one is counted once more instead, and `isNews` is false. Beyond 5,000 alerts the oldest
   * are deleted.
   */
  raiseAlert(db: Database, fact: NewAlert & { id: AlertId; atMs: number; sameWithinMs: number }): Raised {
    const known = one<AlertRow>(
      db,
      `${selectAlerts} WHERE acknowledged_at_ms IS NULL AND kind = $kind AND place IS $location AND message = $message
         AND abs($atMs - at_ms) < $sameWithinMs
       ORDER BY at_ms DESC, id DESC LIMIT 1`,
      fact,
    );
    if (known) {
      run(db, "UPDATE alerts SET times = times + 1 WHERE id = $id", { id: known.id });
      return { alert: requireAlert(db, known.id), isNews: false };
    }
    run(
      db,
      `INSERT INTO alerts (id, at_ms, kind, level, message, remedy, place, times)
       VALUES ($id, $atMs, $kind, $level, $message, $remedy, $location, 1)`,
      fact,
    );
    run(
      db,
      "DELETE FROM alerts WHERE at_ms < (SELECT at_ms FROM alerts ORDER BY at_ms DESC LIMIT 1 OFFSET $keptAlerts)",
      { keptAlerts },
    );
    return { alert: requireAlert(db, fact.id), isNews: true };
  },

  /**
   * What these alerts speak of is over: those of this kind that lead there and are open are acknowledged by Taleward. Returns how many were.
   */
  resolveAlerts(db: Database, fact: Pick<NewAlert, "kind" | "location"> & { atMs: number; by: Actor }): number {
    return run(
      db,
      `UPDATE alerts SET acknowledged_at_ms = $atMs, acknowledged_by = $by
       WHERE acknowledged_at_ms IS NULL AND kind = $kind AND place IS $location`,
      { ...fact, by: JSON.stringify(fact.by) },
    );
  },

  /**
   * Acknowledges one alert, or every open one where `alertId` is null; returns how many were open until now. An alert
   * that was acknowledged before keeps its time and name. Throws NOT_FOUND for an unknown id.
   */
  acknowledgeAlerts(db: Database, fact: { alertId: AlertId | null; atMs: number; by: Actor }): number {
    if (fact.alertId !== null) requireAlert(db, fact.alertId);
    return run(
      db,
      `UPDATE alerts SET acknowledged_at_ms = $atMs, acknowledged_by = $by
       WHERE acknowledged_at_ms IS NULL AND ($alertId IS NULL OR id = $alertId)`,
      { ...fact, by: JSON.stringify(fact.by) },
    );
  },
};

/** Beyond so many, the oldest are deleted. */
const keptAlerts = 5_000;

const selectAlerts = `
  SELECT id, at_ms AS atMs, kind, level, message, remedy, place AS location, acknowledged_at_ms AS acknowledgedAtMs,
    acknowledged_by AS acknowledgedBy, times
  FROM alerts`;

function toAlert({ times, acknowledgedBy, ...row }: AlertRow): Alert {
  const alert: Alert = { ...row, acknowledgedBy: acknowledgedBy === null ? null : JSON.parse(acknowledgedBy) };
  return times === 1 ? alert : { ...alert, message: `${alert.message} (${times.toLocaleString("en-US")} times)` };
}

function requireAlert(db: Database, id: AlertId): Alert {
  const row = one<AlertRow>(db, `${selectAlerts} WHERE id = $id`, { id });
  if (row) return toAlert(row);
  throw new Failure("NOT_FOUND", "There is no such alert.", {
    field: "alertId",
    value: id,
    remedy: "List the alerts and use one of their ids, or leave it out for all that are open.",
  });
}

function countOpen(db: Database): number {
  return one<{ open: number }>(db, "SELECT count(*) AS open FROM alerts WHERE acknowledged_at_ms IS NULL")?.open ?? 0;
}
