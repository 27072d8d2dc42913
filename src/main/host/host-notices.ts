import type { AlertLevel } from "../../shared/contract/coordination.ts";

/** What a host shows beside its window, where it can: the desktop's own notifications. */
export interface HostNotice {
  readonly level: AlertLevel;
  readonly title: string;
  readonly body: string;
  /** Where a click leads, as a path of the screens such as `rollouts/<id>`; null where it only brings the window up. */
  readonly location: string | null;
}
