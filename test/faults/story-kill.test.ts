import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { startHeadless } from "../kit/headless.ts";
import { startStory } from "../kit/narrative.ts";

const written = "The lamp went out at dusk, and below the rock the sea was quiet.";
const ids = ["019a0000-0000-7000-8000-000000000001", "019a0000-0000-7000-8000-000000000002"] as const;

test("kill -9: every save, deletion and move that was acknowledged is there, with the texts before, and a save sent again is the same save", async () => {
  const directory = await mkdtemp(join(tmpdir(), "taleward-kill-"));
  try {
    const host = await startHeadless(directory);
    const { client, close } = await host.connect();
    const { story, passage } = await startStory(client);
    const moved = await client.story.addPassage({ storyId: story.id, title: "Scene 2" });
    const deleted = await client.story.addPassage({ storyId: story.id, title: "Scene 3" });
    const other = await startStory(client, "Another");
    const save = { passageId: passage.id, caret: 0 };
    await client.story.savePassage({ ...save, text: written, baseRevision: 0 });
    await client.story.movePassage({ passageId: moved.id, position: 1 });
    await client.story.removePassage({ passageId: deleted.id });
    await client.story.remove({ storyId: other.story.id });
    const last = { ...save, text: "Gone.", baseRevision: 1, saveId: ids[0] };
    const acknowledged = await client.story.savePassage(last);
    await host.kill();
    close();

    const again = await startHeadless(directory);
    const { client: after, close: closeAgain } = await again.connect();
    expect(await after.story.savePassage(last)).toEqual(acknowledged);
    const next = { ...save, text: "Gone. Or not.", baseRevision: 1, saveId: ids[1], unconfirmed: [ids[0]] };
    expect(await after.story.savePassage(next)).toMatchObject({ revision: 3 });
    expect((await after.story.list()).map(({ id }) => id)).toEqual([story.id]);
    const { passages } = await after.story.outline({ storyId: story.id });
    expect(passages.map(({ title }) => title)).toEqual(["Scene 2", "Scene 1"]);
    expect(await after.story.bin()).toMatchObject({
      stories: [{ id: other.story.id }],
      passages: [{ id: deleted.id }],
    });
    const { moments } = await after.story.history({ passageId: passage.id });
    const texts = await Promise.all(
      moments.map(async ({ revision }) => (await after.story.revision({ passageId: passage.id, revision })).text),
    );
    expect(texts).toEqual(["Gone. Or not.", written, ""]);
    closeAgain();
    expect(await again.stop()).toBe(0);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});
