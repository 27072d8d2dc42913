import type { Services } from "../services.ts";
import { base } from "./base.ts";

export function draftRoutes({ drafts }: Services) {
  return {
    list: base.drafts.list.handler(() => drafts.list()),
    keep: base.drafts.keep.handler(({ input }) => drafts.keep(input)),
  };
}
