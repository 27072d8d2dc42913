import type { Services } from "../services.ts";
import { base } from "./base.ts";

export function logsRoutes({ logs, judgements }: Services) {
  return {
    list: base.logs.list.handler(({ input }) => logs.list(input)),
    get: base.logs.get.handler(({ input }) => logs.get(input)),
    rating: base.logs.rating.handler(({ input }) => judgements.rating(input)),
    rate: base.logs.rate.handler(({ input }) => judgements.rate(input)),
    removeRating: base.logs.removeRating.handler(({ input }) => judgements.removeRating(input)),
  };
}
