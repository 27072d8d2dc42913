import type { GenerateEvent } from "../../src/shared/contract/story.ts";
import type { Client } from "./transports.ts";

/** Registers the model of a scripted or real Ollama server and lets it answer `story_generation`. */
export function assignOllama(client: Client, endpoint: string, serverModel = "smollm2:135m") {
  return client.registry.registerModel({
    modelName: "storyteller",
    provider: "ollama",
    version: `at ${endpoint}`,
    useCase: "story_generation",
    configuration: { endpoint, serverModel },
  });
}

/** A story with one empty passage. */
export async function startStory(client: Client, title = "The Salt Road") {
  const story = await client.story.create({ title });
  return { story, passage: await client.story.addPassage({ storyId: story.id, title: "Scene 1" }) };
}

export async function collect<Event>(events: AsyncIterable<Event>): Promise<Event[]> {
  const all: Event[] = [];
  for await (const event of events) all.push(event);
  return all;
}

/** What a reader has on screen after these events. */
export function shownText(events: readonly GenerateEvent[]): string {
  let text = "";
  for (const event of events) {
    if (event.type === "token") text += event.text;
    if (event.type === "held") text += text === "" || /\s$/.test(text) ? event.fallback : ` ${event.fallback}`;
  }
  return text;
}
