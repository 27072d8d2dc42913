import type { ChangeTopic } from "../../shared/contract/app.ts";

/** Where a service reports that what it keeps has changed, so that whoever shows it reads it again. */
export interface ChangeFeed {
  /** To be called once the change can be read. */
  announce(topic: ChangeTopic): void;
}
