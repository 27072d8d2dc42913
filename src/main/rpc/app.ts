import type { Services } from "../services.ts";
import { base } from "./base.ts";

export function appRoutes({ info, changes }: Services) {
  return {
    info: base.app.info.handler(() => info),
    changes: base.app.changes.handler(({ signal }) => changes.watch(signal)),
  };
}
