import type { Services } from "../backend.ts";
import { base } from "./base.ts";

export function logsRoutes({ logs }: Services) {
  return {
    list: base.logs.list.handler(({ input }) => logs.list(input)),
    get: base.logs.get.handler(({ input }) => logs.get(input)),
  };
}
