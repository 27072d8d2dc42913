import { expect, test } from "vitest";
import { addressesOf, openAIBase } from "../../../../src/main/inference/providers/openai/endpoint.ts";

test.each([
  [
    "http://h:8080",
    "http://h:8080/v1/chat/completions",
    "http://h:8080/v1/models",
    "http://h:8080/props",
    "http://h:8080",
  ],
  [
    "http://h:8080/",
    "http://h:8080/v1/chat/completions",
    "http://h:8080/v1/models",
    "http://h:8080/props",
    "http://h:8080",
  ],
  ["http://h/v1", "http://h/v1/chat/completions", "http://h/v1/models", "http://h/props", "http://h"],
  ["http://h/v1/?x=1#y", "http://h/v1/chat/completions", "http://h/v1/models", "http://h/props", "http://h"],
  [
    "https://h/openai/v1",
    "https://h/openai/v1/chat/completions",
    "https://h/openai/v1/models",
    "https://h/openai/props",
    "https://h/openai",
  ],
  [
    "https://h/v1/chat/completions",
    "https://h/v1/chat/completions",
    "https://h/v1/models",
    "https://h/props",
    "https://h",
  ],
  [
    "https://h/d/m/chat/completions?api-version=1",
    "https://h/d/m/chat/completions?api-version=1",
    "https://h/d/m/models",
    "https://h/d/m/props",
    "https://h/d/m",
  ],
  ["http://h/somewhere/generate", "http://h/somewhere/generate", "http://h/v1/models", "http://h/props", "http://h"],
  [
    "http://anna:pw@h/v1",
    "http://anna:pw@h/v1/chat/completions",
    "http://anna:pw@h/v1/models",
    "http://anna:pw@h/props",
    "http://h",
  ],
])("%s has its addresses", (endpoint, chat, models, props, base) => {
  const addresses = addressesOf(endpoint);
  expect([addresses.chat.href, addresses.models.href, addresses.beside("/props").href, openAIBase(endpoint)]).toEqual([
    chat,
    models,
    props,
    base,
  ]);
});

test("completions and embeddings lie beside the chat", () => {
  const { completions, embeddings } = addressesOf("https://h/openai/v1/chat/completions");
  expect([completions.href, embeddings.href]).toEqual([
    "https://h/openai/v1/completions",
    "https://h/openai/v1/embeddings",
  ]);
});
