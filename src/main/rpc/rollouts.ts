import { person } from "../../shared/contract/actor.ts";
import type { Services } from "../services.ts";
import { base } from "./base.ts";

export function rolloutsRoutes({ deployments, simulator, reports }: Services) {
  return {
    list: base.rollouts.list.handler(({ input }) => deployments.list(input)),
    get: base.rollouts.get.handler(({ input }) => deployments.get(input)),
    start: base.rollouts.start.handler(({ input }) => deployments.start(input, person)),
    command: base.rollouts.command.handler(({ input }) => deployments.command(input, person)),
    events: base.rollouts.events.handler(({ input }) => deployments.events(input)),
    evidence: base.rollouts.evidence.handler(({ input }) => deployments.evidence(input)),
    calibration: base.rollouts.calibration.handler(({ input }) => reports.calibration(input)),
    wayBack: base.rollouts.wayBack.handler(({ input }) => reports.wayBack(input)),
    samples: base.rollouts.samples.handler(({ input }) => deployments.samples(input)),
    simulate: base.rollouts.simulate.handler(({ input, signal }) => simulator.simulate(input, signal)),
    manifest: base.rollouts.manifest.handler(({ input }) => reports.manifest(input)),
    watch: base.rollouts.watch.handler(({ input, signal }) => deployments.watch(input, signal)),
  };
}
