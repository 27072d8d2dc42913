import type { Services } from "../services.ts";
import { base } from "./base.ts";

export function gatewayRoutes({ gateway }: Services) {
  return {
    status: base.gateway.status.handler(() => gateway.status()),
    configure: base.gateway.configure.handler(({ input }) => gateway.configure(input)),
    renewKey: base.gateway.renewKey.handler(() => gateway.renewKey()),
    calls: base.gateway.calls.handler(() => gateway.calls()),
  };
}
