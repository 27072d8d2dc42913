import { expect, test } from "vitest";
import {
  apiUrl,
  resolveOllamaEndpoint,
  sameModel,
  targetOf,
} from "../../../../src/main/inference/providers/ollama/endpoint.ts";

test.each([
  [undefined, "http://127.0.0.1:11434"],
  ["", "http://127.0.0.1:11434"],
  ["  ", "http://127.0.0.1:11434"],
  ["example.com", "http://example.com:11434"],
  ["example.com:8080", "http://example.com:8080"],
  [":8080", "http://127.0.0.1:8080"],
  [":", "http://127.0.0.1:11434"],
  ["0.0.0.0", "http://127.0.0.1:11434"],
  ["0.0.0.0:5000", "http://127.0.0.1:5000"],
  ["http://0.0.0.0:5000", "http://127.0.0.1:5000"],
  ["http://example.com", "http://example.com"],
  ["http://example.com:11434/", "http://example.com:11434"],
  ["HTTP://example.com:1", "http://example.com:1"],
  ["https://example.com", "https://example.com"],
  ["https://example.com:8443", "https://example.com:8443"],
  ["https://example.com/ollama/", "https://example.com/ollama"],
  ["example.com:8080/ollama", "http://example.com:8080/ollama"],
  ["::1", "http://[::1]:11434"],
  ["[::1]", "http://[::1]:11434"],
  ["[::1]:5000", "http://[::1]:5000"],
  ["::", "http://[::1]:11434"],
  ["[::]:5000", "http://[::1]:5000"],
  ["http://[2001:db8::1]:5000/", "http://[2001:db8::1]:5000"],
  ["example.com:66000", "http://example.com:11434"],
  ["example.com:port", "http://example.com:11434"],
  ['"example.com:8080"', "http://example.com:8080"],
  ["two words", "http://127.0.0.1:11434"],
  ["ftp://example.com", "http://127.0.0.1:11434"],
])("OLLAMA_HOST %j means %s", (value, endpoint) => {
  expect(resolveOllamaEndpoint(value)).toBe(endpoint);
});

const server = "http://127.0.0.1:11434";

test.each([
  [undefined, server, "http://127.0.0.1:11434/api/chat", "chat"],
  [undefined, "https://gateway.example/ollama", "https://gateway.example/ollama/api/chat", "chat"],
  [
    "https://gateway.example/ollama",
    "https://gateway.example/ollama",
    "https://gateway.example/ollama/api/chat",
    "chat",
  ],
  ["http://localhost:8003", server, "http://localhost:8003/api/chat", "chat"],
  ["http://localhost:8003/", server, "http://localhost:8003/api/chat", "chat"],
  ["http://localhost:8003/generate", server, "http://localhost:8003/generate", "generate"],
  ["http://localhost:8003/generate?key=1", server, "http://localhost:8003/generate?key=1", "generate"],
  ["http://localhost:8003/api/generate", server, "http://localhost:8003/api/generate", "generate"],
  ["http://localhost:8003/api/chat", server, "http://localhost:8003/api/chat", "chat"],
])("a version at %s on a machine with %s is asked at %s", (endpoint, fallback, url, shape) => {
  const target = targetOf(endpoint, fallback);
  expect({ url: target.url.href, shape: target.shape }).toEqual({ url, shape });
});

test.each([
  ["http://localhost:8003", "http://localhost:8003/api/tags"],
  ["http://localhost:8003/generate", "http://localhost:8003/api/tags"],
  ["http://localhost:8003/api/generate", "http://localhost:8003/api/tags"],
  ["https://gateway.example/ollama/api/chat?x=1#y", "https://gateway.example/ollama/api/tags"],
  ["https://gateway.example/ollama", "https://gateway.example/ollama/api/tags"],
])("the server behind %s is asked at %s", (endpoint, url) => {
  expect(apiUrl(endpoint, "/api/tags").href).toBe(url);
});

test("a name without a tag is the one tagged latest, and no other", () => {
  expect(sameModel("llama3", "llama3:latest")).toBe(true);
  expect(sameModel("host:5000/library/llama3", "host:5000/library/llama3:latest")).toBe(true);
  expect(sameModel("llama3:8b", "llama3")).toBe(false);
});
