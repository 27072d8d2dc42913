/** How one program is pointed at the gateway. */
export interface Snippet {
  readonly name: string;
  /** What to do with it, in a sentence. */
  readonly how: string;
  readonly text: string;
}

interface SnippetTarget {
  /** Where the gateway listens, such as `http://127.0.0.1:11500`. */
  readonly url: string;
  readonly key: string;
  /** A use case or a version, as the programs name a model. */
  readonly model: string;
}

/** Ready to be pasted, for the programs people use most. */
export function snippets({ url, key, model }: SnippetTarget): readonly Snippet[] {
  return [
    {
      name: "curl, Ollama",
      how: "In a terminal, in Ollama's own API. Text arrives line by line.",
      text: `curl ${url}/api/chat \\
  -H "Authorization: Bearer ${key}" \\
  -d '${body(model)}'`,
    },
    {
      name: "curl, OpenAI",
      how: "In a terminal, in OpenAI's API.",
      text: `curl ${url}/v1/chat/completions \\
  -H "Authorization: Bearer ${key}" \\
  -H "Content-Type: application/json" \\
  -d '${body(model)}'`,
    },
    {
      name: "npm ollama",
      how: "In JavaScript, with the package `ollama` as it is.",
      text: `import { Ollama } from "ollama";

const ollama = new Ollama({
  host: "${url}",
  headers: {
    Authorization: "Bearer ${key}",
  },
});
const answer = await ollama.chat({
  model: "${model}",
  messages: [{ role: "user", content: "Say hello." }],
  stream: true,
});
for await (const part of answer) process.stdout.write(part.message.content);`,
    },
    {
      name: "npm openai",
      how: "In JavaScript, with the package `openai` as it is.",
      text: `import OpenAI from "openai";

const openai = new OpenAI({
  baseURL: "${url}/v1",
  apiKey: "${key}",
});
const answer = await openai.chat.completions.create({
  model: "${model}",
  messages: [{ role: "user", content: "Say hello." }],
  user: "reader-1",
});
console.log(answer.choices[0].message.content);`,
    },
    {
      name: "npm openai, responses",
      how: "In JavaScript, by the newer of OpenAI's two APIs, which the AI SDK takes by itself.",
      text: `import OpenAI from "openai";

const openai = new OpenAI({
  baseURL: "${url}/v1",
  apiKey: "${key}",
});
const answer = await openai.responses.create({
  model: "${model}",
  input: "Say hello.",
});
console.log(answer.output_text);`,
    },
    {
      name: "npm anthropic",
      how: "In JavaScript, with the package `@anthropic-ai/sdk` as it is.",
      text: `import Anthropic from "@anthropic-ai/sdk";

const anthropic = new Anthropic({
  baseURL: "${url}",
  apiKey: "${key}",
});
const answer = await anthropic.messages.create({
  model: "${model}",
  max_tokens: 256,
  messages: [{ role: "user", content: "Say hello." }],
});
console.log(answer.content);`,
    },
    {
      name: "Python openai",
      how: "In Python, with the package `openai` as it is.",
      text: `from openai import OpenAI

client = OpenAI(
    base_url="${url}/v1",
    api_key="${key}",
)
answer = client.chat.completions.create(
    model="${model}",
    messages=[{"role": "user", "content": "Say hello."}],
    user="reader-1",
)
print(answer.choices[0].message.content)`,
    },
    {
      name: "Open WebUI",
      how: "As environment of an Open WebUI on this machine; its models are then your use cases and versions.",
      text: `OPENAI_API_BASE_URL=${url}/v1
OPENAI_API_KEY=${key}`,
    },
    {
      name: "SillyTavern",
      how: "Under API Connections; each value goes into the field of that name.",
      text: `API: Chat Completion
Chat Completion Source: Custom (OpenAI-compatible)
Custom Endpoint (Base URL): ${url}/v1
Custom API Key: ${key}
Model ID: ${model}`,
    },
  ];
}

/** Inside single quotes of a shell. */
function body(model: string): string {
  return `{
    "model": ${JSON.stringify(model)},
    "messages": [{ "role": "user", "content": "Say hello." }]
  }`.replaceAll("'", String.raw`'\''`);
}
