import type { Database } from "better-sqlite3";
import type { ModelVersion } from "../../../../shared/contract/registry.ts";
import { Failure } from "../../../base/failure.ts";
import { all, one } from "../../statements.ts";
import { selectVersions, toVersion, type VersionRow } from "./rows.ts";

/** How many names a refusal lists. */
const shownNames = 12;

export const findReads = {
  /**
   * The version that a name means: `model@version`, `model@alias`, or a model's name alone for its newest version that
   * is not retired. All three may contain `@` themselves: the longest model name that leads to a version wins. Throws
   * NOT_FOUND, whose remedy lists the names there are.
   *
   * @example findReads.findVersion(db, { name: "llama3.2:1b@stable" });
   */
  findVersion(db: Database, { name }: { name: string }): ModelVersion {
    const readings = readingsOf(name);
    for (const { model, label } of readings) {
      const row = label === null ? newestOf(db, model) : labelled(db, model, label);
      if (row) return toVersion(row);
    }
    throw notFound(db, name, readings);
  },
};

interface Reading {
  readonly model: string;
  readonly label: string | null;
}

/** Every way to read a name, the longest model name first. */
function readingsOf(name: string): Reading[] {
  const readings: Reading[] = [{ model: name, label: null }];
  for (let at = name.lastIndexOf("@"); at > 0; at = name.lastIndexOf("@", at - 1))
    if (at < name.length - 1) readings.push({ model: name.slice(0, at), label: name.slice(at + 1) });
  return readings;
}

function newestOf(db: Database, model: string): VersionRow | undefined {
  return one<VersionRow>(
    db,
    `${selectVersions} WHERE m.name = $model AND v.status <> 'retired' ORDER BY v.created_at_ms DESC, v.id DESC LIMIT 1`,
    { model },
  );
}

function labelled(db: Database, model: string, label: string): VersionRow | undefined {
  return one<VersionRow>(
    db,
    `${selectVersions} WHERE m.name = $model AND (v.version = $label
       OR v.id = (SELECT version_id FROM model_aliases a WHERE a.model_id = m.id AND a.alias = $label))`,
    { model, label },
  );
}

function notFound(db: Database, name: string, readings: readonly Reading[]): Failure {
  const failure = (message: string, remedy: string) =>
    new Failure("NOT_FOUND", message, { field: "name", value: name, remedy });
  for (const { model, label } of readings) {
    if (!one(db, "SELECT 1 FROM models WHERE name = $model", { model })) continue;
    const labels = all<{ label: string }>(
      db,
      `SELECT v.version AS label FROM model_versions v JOIN models m ON m.id = v.model_id
       WHERE m.name = $model ORDER BY v.created_at_ms DESC, v.id DESC`,
      { model },
    ).map((row) => `${model}@${row.label}`);
    const aliases = all<{ alias: string }>(
      db,
      "SELECT alias FROM model_aliases JOIN models m ON m.id = model_id WHERE m.name = $model ORDER BY alias",
      { model },
    ).map((row) => `${model}@${row.alias}`);
    const there = [...labels, ...aliases];
    if (label !== null) return failure(`${model} has no version or alias ${label}.`, wayOn("It has", there));
    return failure(
      there.length === 0 ? `${model} has no version.` : `Every version of ${model} is retired.`,
      there.length === 0 ? "Register one." : wayOn("Name one with its version; it has", there),
    );
  }
  const models = all<{ name: string }>(db, "SELECT name FROM models ORDER BY name").map((row) => row.name);
  return failure(
    `There is no model ${name}.`,
    models.length === 0 ? "Register a model first." : wayOn("There are", models),
  );
}

function wayOn(opening: string, names: readonly string[]): string {
  const shown = names.slice(0, shownNames).join(", ");
  return names.length > shownNames
    ? `${opening} ${shown} and ${names.length - shownNames} more.`
    : `${opening} ${shown}.`;
}
