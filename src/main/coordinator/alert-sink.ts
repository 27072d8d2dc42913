import type { NewAlert } from "../db/queries/alerts.ts";

/** Where what a person has to know is raised. */
export interface AlertSink {
  /** Returns at once and never throws. Null, an occasion that is none, raises nothing. */
  raise(alert: NewAlert | null): void;
  /** What open alerts of this kind that lead there speak of is over: they are resolved, with the time. Returns at once and never throws. */
  resolve(over: Pick<NewAlert, "kind" | "location">): void;
}
