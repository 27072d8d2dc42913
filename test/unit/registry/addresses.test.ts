import { expect, test } from "vitest";
import { openAIBase } from "../../../src/main/inference/providers/openai/endpoint.ts";
import { Addresses } from "../../../src/main/registry/addresses.ts";

const home = "http://127.0.0.1:11434";
const addresses = new Addresses({ defaultEndpoint: home, openAIBase });

test("a version's calls go to its own endpoint first and then to its replicas, each once whatever its spelling", () => {
  const at = (configuration: { endpoint?: string; replicas?: string[] }) =>
    addresses.of({ provider: "ollama", configuration });
  expect(at({})).toEqual([home]);
  expect(at({ endpoint: "http://HOST:80/", replicas: ["http://host", "http://other:1/"] })).toEqual([
    "http://host",
    "http://other:1",
  ]);
  expect(at({ endpoint: "http://localhost:8003/generate" })).toEqual(["http://localhost:8003/generate"]);
  expect(at({ replicas: [`${home}/`] })).toEqual([home]);
  expect(addresses.of({ provider: "embedded", configuration: { file: "starter" } })).toEqual(["embedded"]);
});

test("the server behind an endpoint is its base URL, and a generate URL has none that can be asked", () => {
  expect(addresses.serverOf("ollama", "http://host:1/")).toBe("http://host:1");
  expect(addresses.serverOf("ollama", "http://host:1/api/generate")).toBeNull();
  expect(addresses.serverOf("openai", "http://host:1/v1/")).toBe("http://host:1");
  expect(addresses.serverOf("openai", "http://host:1/v1/chat/completions")).toBe("http://host:1");
  expect(addresses.serverOf("embedded", "embedded")).toBeNull();
});

test("a default endpoint behind a gateway's path is a server all the same", () => {
  const prefixed = new Addresses({ defaultEndpoint: "http://gate/ollama", openAIBase });
  expect(prefixed.of({ provider: "ollama", configuration: {} })).toEqual(["http://gate/ollama"]);
  expect(prefixed.serverOf("ollama", "http://gate/ollama")).toBe("http://gate/ollama");
});

test("the registry keeps a version's servers, the default one without its name, for it may be another one next time", () => {
  expect(addresses.serversOf("ollama", { replicas: ["http://a:1/"] })).toEqual(["", "http://a:1"]);
  expect(addresses.serversOf("ollama", { endpoint: "http://a:1/generate", replicas: ["http://b:1"] })).toEqual([
    "http://b:1",
  ]);
  expect(addresses.serversOf("openai", { endpoint: "http://a:1/v1", replicas: ["http://a:1"] })).toEqual([
    "http://a:1",
  ]);
  expect(addresses.serversOf("embedded", { file: "starter" })).toEqual([]);
});
