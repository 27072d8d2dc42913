import type { Services } from "../services.ts";
import { base } from "./base.ts";

export function storyRoutes({ stories, storyBin, passageHistory, narrator }: Services) {
  return {
    list: base.story.list.handler(() => stories.list()),
    create: base.story.create.handler(({ input }) => stories.create(input)),
    rename: base.story.rename.handler(({ input }) => stories.rename(input)),
    remove: base.story.remove.handler(({ input }) => storyBin.remove(input)),
    restore: base.story.restore.handler(({ input }) => storyBin.restore(input)),
    bin: base.story.bin.handler(() => storyBin.list()),
    emptyBin: base.story.emptyBin.handler(({ input }) => storyBin.empty(input)),
    outline: base.story.outline.handler(({ input }) => stories.outline(input)),
    addPassage: base.story.addPassage.handler(({ input }) => stories.addPassage(input)),
    renamePassage: base.story.renamePassage.handler(({ input }) => stories.renamePassage(input)),
    removePassage: base.story.removePassage.handler(({ input }) => storyBin.removePassage(input)),
    restorePassage: base.story.restorePassage.handler(({ input }) => storyBin.restorePassage(input)),
    movePassage: base.story.movePassage.handler(({ input }) => stories.movePassage(input)),
    history: base.story.history.handler(({ input }) => passageHistory.moments(input)),
    revision: base.story.revision.handler(({ input }) => passageHistory.revision(input)),
    restoreRevision: base.story.restoreRevision.handler(({ input }) => passageHistory.restore(input)),
    passage: base.story.passage.handler(({ input }) => stories.passage(input)),
    savePassage: base.story.savePassage.handler(({ input }) => stories.savePassage(input)),
    generate: base.story.generate.handler(({ input, signal }) => narrator.generateNarrative(input, signal)),
    stop: base.story.stop.handler(({ input }) => narrator.stop(input)),
    setStyle: base.story.setStyle.handler(({ input }) => stories.setStyle(input)),
    accept: base.story.accept.handler(({ input }) => stories.accept(input)),
    useRaw: base.story.useRaw.handler(({ input }) => stories.useRaw(input)),
    discard: base.story.discard.handler(({ input }) => stories.discard(input)),
    restoreProposal: base.story.restoreProposal.handler(({ input }) => stories.restoreProposal(input)),
    closeAsAccepted: base.story.closeAsAccepted.handler(({ input }) => stories.closeAsAccepted(input)),
  };
}
