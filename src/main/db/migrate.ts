import type { Database } from "better-sqlite3";
import { Failure } from "../base/failure.ts";
import { sql as initial } from "./migrations/001-initial.ts";
import { sql as registry } from "./migrations/002-registry.ts";
import { sql as calls } from "./migrations/003-calls.ts";
import { sql as suites } from "./migrations/004-suites.ts";
import { sql as rollouts } from "./migrations/005-rollouts.ts";
import { sql as coordination } from "./migrations/006-coordination.ts";
import { sql as judgements } from "./migrations/007-judgements.ts";
import { sql as rolloutOrder } from "./migrations/008-rollout-order.ts";
import { sql as actors } from "./migrations/009-actors.ts";
import { sql as binAndHistory } from "./migrations/010-bin-and-history.ts";
import { sql as rawAnswers } from "./migrations/011-raw-answers.ts";
import { sql as writing } from "./migrations/012-writing.ts";
import { sql as checkedTexts } from "./migrations/013-checked-texts.ts";

const migrations: readonly string[] = [
  initial,
  registry,
  calls,
  suites,
  rollouts,
  coordination,
  judgements,
  rolloutOrder,
  actors,
  binAndHistory,
  rawAnswers,
  writing,
  checkedTexts,
];

/** The version of a database that has them all: how many there are. */
export const schemaVersion = migrations.length;

/** Brings a database to the newest schema, one transaction a step; refuses one written by a newer Taleward. */
export function migrate(db: Database): void {
  const found = Number(db.pragma("user_version", { simple: true }));
  if (found > migrations.length)
    throw new Failure(
      "STORAGE",
      `This data was written by a newer Taleward (schema ${found}, known ${migrations.length}).`,
      {
        remedy: "Install the newer Taleward, or start with another folder by --data-dir.",
      },
    );
  for (const [index, sql] of migrations.entries()) {
    if (index < found) continue;
    db.transaction(() => {
      db.exec(sql);
      db.pragma(`user_version = ${index + 1}`);
    }).immediate();
  }
}
