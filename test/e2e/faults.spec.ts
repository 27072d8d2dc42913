import { type OllamaServer, startOllamaServer } from "../kit/servers/ollama-server.ts";
import {
  errorInStream,
  garbageLine,
  halfLine,
  held,
  missingDone,
  type Script,
  stall,
  status,
  streamText,
} from "../kit/servers/ollama-scripts.ts";
import { expect, type Taleward, test } from "./kit/test.ts";

const model = "smollm2:135m";
const beginning = "The lamp went out at dusk.";
const good = "Mara climbed the stairs. Below her the sea was quiet.";

let ollama: OllamaServer;
let app: Taleward;

test.beforeAll(async ({ launchApp }) => {
  ollama = await startOllamaServer({ script: streamText(good) });
  app = await launchApp({ ollama });
  await app.firstStart.use(model);
});

test.afterAll(async () => {
  await app?.close();
  await ollama?.close();
});

test.beforeEach(async () => {
  await app.shell.go("Stories");
});

const problems: readonly {
  readonly name: string;
  readonly script: Script;
  readonly streamsText: RegExp;
  readonly remedy: RegExp;
}[] = [
  {
    name: "half a line",
    script: halfLine(beginning, "hangUp"),
    streamsText: /The (answer|connection).*(middle of a line|broke)/,
    remedy: /Generate again/,
  },
  {
    name: "a garbage line",
    script: garbageLine(beginning),
    streamsText: /sent a line that is not JSON/,
    remedy: /Generate again/,
  },
  {
    name: "an error inside the stream",
    script: errorInStream(beginning, "llama runner process has terminated: exit status 2"),
    streamsText: /stopped after \d+ characters of text: llama runner process has terminated/,
    remedy: /Generate again\. If this repeats, restart Ollama/,
  },
  {
    name: "a missing final line",
    script: missingDone(beginning),
    streamsText: /ended without its final line/,
    remedy: /Generate again/,
  },
  {
    name: "a model that is not there",
    script: status(404, { error: `model '${model}' not found` }),
    streamsText: /has no model smollm2:135m/,
    remedy: /Pull it with `?ollama pull smollm2:135m`?, or assign another model/,
  },
];

for (const { name, script, streamsText, remedy } of problems) {
  test(`${name} is said with what to do, logged, and no harm to the next prompt`, async () => {
    ollama.use(script);
    await app.stories.ask(`A story with ${name}.`);
    await expectTrouble(streamsText, remedy);
    await expectNextPromptWorks();
  });
}

test("a server that refuses is said with what to do, logged, and no harm to the next prompt", async () => {
  await ollama.refuse();
  await app.stories.ask("A story without a server.");
  await expectTrouble(
    /Ollama does not answer at 127\.0\.0\.1:\d+/,
    /Start it with `?ollama serve`?, or use the built-in/,
  );
  await ollama.listen();
  await expectNextPromptWorks();
});

test("a slow server is waited for", async () => {
  const { stories } = app;
  const { script, release } = held(good);
  ollama.use(script);
  await stories.ask("A story that takes its time.");
  await expect(stories.proposal).toHaveAttribute("aria-busy", "true");
  release();
  await stories.answered();
  await expect(stories.proposedText).toHaveText(good);
  await stories.discard();
});

test("a server that says nothing can be stopped, and the stop reaches its socket", async () => {
  const { stories, shell, logs } = app;
  ollama.use(stall(""));
  await stories.ask("A story that never comes.");
  await expect.poll(() => ollama.requests.at(-1)?.outcome).toBeNull();
  await stories.stop();
  await expect(stories.proposal.getByText("Stopped", { exact: true })).toBeVisible();
  expect(await ollama.requests.at(-1)?.ended).toBe("left");
  await stories.discard();
  await shell.go("Logs");
  await expect(logs.rows.first()).toContainText("Stopped");
});

test("characters split between packets arrive whole", async () => {
  const { stories } = app;
  const text = "Élodie lit the “blue” lamp — a moth, 蛾, circled it. Später kam 🌊 the sea.";
  ollama.use(streamText(text, { cutBytes: 1 }));
  await stories.ask("A story in many tongues.");
  await stories.answered();
  await expect(stories.proposedText).toHaveText(text);
  await stories.discard();
});

/** On screen with its remedy, and in the newest row of the log. */
async function expectTrouble(streamsText: RegExp, remedy: RegExp): Promise<void> {
  const { stories, shell, logs } = app;
  await stories.answered();
  await expect(stories.trouble).toContainText(streamsText);
  await expect(stories.trouble).toContainText(remedy);
  await stories.discard();
  await expect(stories.proposal).toBeHidden();
  await shell.go("Logs");
  await expect(logs.rows.first()).toContainText("Failed");
  await logs.open(0);
  await expect(logs.detail.getByRole("tabpanel")).toContainText(streamsText);
  await shell.go("Stories");
}

async function expectNextPromptWorks(): Promise<void> {
  const { stories } = app;
  ollama.use(streamText(good));
  await stories.ask("And then?");
  await stories.answered();
  await expect(stories.proposedText).toHaveText(good);
  await stories.discard();
  await expect(stories.proposal).toBeHidden();
}
