import type { Services } from "../services.ts";
import { base } from "./base.ts";

export function serversRoutes({ modelServers, localFiles, catalogue }: Services) {
  const never = new AbortController().signal;
  return {
    show: base.servers.show.handler(({ input, signal }) => modelServers.show(input, signal)),
    running: base.servers.running.handler(({ input, signal }) => modelServers.running(input, signal)),
    pull: base.servers.pull.handler(({ input }) => modelServers.pull(input)),
    create: base.servers.create.handler(({ input }) => modelServers.create(input)),
    copy: base.servers.copy.handler(async ({ input, signal }) => {
      await modelServers.copy(input, signal);
      return {};
    }),
    remove: base.servers.remove.handler(async ({ input, signal }) => {
      await modelServers.remove(input, signal);
      return {};
    }),
    load: base.servers.load.handler(({ input }) => modelServers.load(input)),
    unload: base.servers.unload.handler(async ({ input, signal }) => {
      await modelServers.unload(input, signal);
      return {};
    }),
    jobs: base.servers.jobs.handler(({ signal }) => modelServers.jobs(signal)),
    cancel: base.servers.cancel.handler(({ input }) => modelServers.cancel(input.jobId)),
    inspectFile: base.servers.inspectFile.handler(({ input }) => localFiles.inspect(input)),
    readFile: base.servers.readFile.handler(({ input, signal }) => localFiles.read(input, signal ?? never)),
    catalogue: base.servers.catalogue.handler(() => catalogue.list()),
    fetchFile: base.servers.fetchFile.handler(({ input }) => catalogue.fetch(input.file)),
    files: base.servers.files.handler(() => localFiles.list()),
    unloadEngine: base.servers.unloadEngine.handler(async () => {
      await localFiles.unloadEngine();
      return {};
    }),
  };
}
