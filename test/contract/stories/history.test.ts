import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Backend } from "../../../src/main/backend.ts";
import type { PassageId } from "../../../src/shared/contract/ids.ts";
import { startBackend } from "../../kit/backend.ts";
import { startStory } from "../../kit/narrative.ts";
import { type Client, type Transport, transports } from "../../kit/transports.ts";

describe.each(transports)("a passage's history over a %s", (_name, open) => {
  let backend: Backend;
  let transport: Transport;
  let client: Client;
  beforeAll(async () => {
    backend = await startBackend();
    transport = await open(backend.router);
    client = transport.client;
  });
  afterAll(async () => {
    await transport.close();
    await backend.close();
  });

  async function save(passageId: PassageId, ...texts: readonly string[]): Promise<number> {
    let { revision } = await client.story.passage({ passageId });
    for (const text of texts)
      ({ revision } = await client.story.savePassage({ passageId, text, caret: 0, baseRevision: revision }));
    return revision;
  }

  test("a text that was deleted and saved over is still there, and can be had again", async () => {
    const { passage } = await startStory(client);
    const written = "The lamp went out at dusk, and below the rock the sea was quiet.";
    await save(passage.id, "The lamp", "The lamp went out", written, "", "Another beginning.");
    const { moments, more } = await client.story.history({ passageId: passage.id });
    expect(more).toBe(false);
    const texts = await Promise.all(
      moments.map(async ({ revision }) => (await client.story.revision({ passageId: passage.id, revision })).text),
    );
    expect(texts).toEqual(["Another beginning.", written, ""]);
    expect(moments.map(({ kind }) => kind)).toEqual(["typed", "typed", null]);
    const restored = await client.story.restoreRevision({
      passageId: passage.id,
      revision: moments[1]?.revision ?? -1,
      baseRevision: 5,
    });
    expect(restored).toMatchObject({ text: written, revision: 6 });
    const later = await client.story.history({ passageId: passage.id });
    expect(later.moments[0]).toMatchObject({ revision: 6, kind: "restored" });
    const previous = later.moments[1]?.revision ?? -1;
    expect((await client.story.revision({ passageId: passage.id, revision: previous })).text).toBe(
      "Another beginning.",
    );
  });

  test("text of any script is kept to the last character, also where only half of one changes", async () => {
    const { passage } = await startStory(client);
    const texts = ["🦊 潮汐", "🐺 潮汐", "🐺🦊 潮 \u0000 汐", "e\u0301\u202E א", "👩‍👩‍👧", ""];
    const revisions: number[] = [];
    for (const text of texts) revisions.push(await save(passage.id, text));
    const { moments } = await client.story.history({ passageId: passage.id });
    expect(moments[0]?.revision).toBe(revisions.at(-1));
    for (const [index, revision] of revisions.entries())
      expect((await client.story.revision({ passageId: passage.id, revision })).text).toBe(texts[index]);
  });

  test("a revision that is not kept by itself is refused by name", async () => {
    const { passage } = await startStory(client);
    await save(passage.id, "One", "One two", "One two three");
    for (const revision of [2, 99])
      await expect(client.story.revision({ passageId: passage.id, revision })).rejects.toMatchObject({
        code: "NOT_FOUND",
        data: { field: "revision", value: String(revision), remedy: "Choose one that the history lists." },
      });
    await expect(
      client.story.restoreRevision({ passageId: passage.id, revision: 0, baseRevision: 1 }),
    ).rejects.toMatchObject({ code: "CONFLICT", data: { field: "baseRevision" } });
  });

  test("an evening's moments come page by page, each once", async () => {
    const { passage } = await startStory(client);
    const long = "A sentence that is longer than a slip of the fingers. ";
    await save(passage.id, ...Array.from({ length: 240 }, (_, index) => long.repeat((index % 2) + 1) + index));
    const revisions: number[] = [];
    let before: number | undefined;
    for (let pages = 0; pages < 9; pages += 1) {
      const page = await client.story.history({
        passageId: passage.id,
        ...(before === undefined ? {} : { before }),
      });
      revisions.push(...page.moments.map(({ revision }) => revision));
      before = page.moments.at(-1)?.revision;
      if (!page.more) break;
    }
    expect(revisions).toEqual([...new Set(revisions)].toSorted((a, b) => b - a));
    expect(revisions.length).toBeGreaterThan(100);
    expect(revisions.at(-1)).toBe(0);
  });

  describe("saves whose answer was lost", () => {
    const [first, second, third] = [
      "019a0000-0000-7000-8000-000000000001",
      "019a0000-0000-7000-8000-000000000002",
      "019a0000-0000-7000-8000-000000000003",
    ] as const;

    test("the same save sent again is answered again and not repeated", async () => {
      const { passage } = await startStory(client);
      const input = { passageId: passage.id, text: "Once", caret: 4, baseRevision: 0, saveId: first };
      const saved = await client.story.savePassage(input);
      expect(await client.story.savePassage(input)).toEqual(saved);
      expect(await client.story.passage({ passageId: passage.id })).toMatchObject({ text: "Once", revision: 1 });
    });

    test("a text that contains an unanswered save follows it without a conflict", async () => {
      const { passage } = await startStory(client);
      const passageId = passage.id;
      await client.story.savePassage({ passageId, text: "Once", caret: 4, baseRevision: 0, saveId: first });
      const next = { passageId, text: "Once more", caret: 9, baseRevision: 0, saveId: second, unconfirmed: [first] };
      expect(await client.story.savePassage(next)).toMatchObject({ revision: 2 });
    });

    test("a change made elsewhere after an unanswered save is a conflict all the same", async () => {
      const { passage } = await startStory(client);
      const passageId = passage.id;
      await client.story.savePassage({ passageId, text: "Mine", caret: 4, baseRevision: 0, saveId: first });
      await client.story.savePassage({ passageId, text: "Theirs", caret: 4, baseRevision: 1, saveId: second });
      await expect(
        client.story.savePassage({
          passageId,
          text: "Mine, later",
          caret: 4,
          baseRevision: 0,
          saveId: third,
          unconfirmed: [first],
        }),
      ).rejects.toMatchObject({ code: "CONFLICT", data: { field: "baseRevision" } });
      expect((await client.story.passage({ passageId })).text).toBe("Theirs");
    });
  });
});
