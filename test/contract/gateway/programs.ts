import { Ollama } from "ollama";
import OpenAI from "openai";

/** Where a gateway is, and what opens it. */
export interface Door {
  readonly url: string;
  readonly key: string;
}

/** npm's client of Ollama, as anybody would set it up. */
export function ollamaAt({ url, key }: Door): Ollama {
  return new Ollama({ host: url, headers: { Authorization: `Bearer ${key}` } });
}

/** npm's client of OpenAI, as anybody would set it up. */
export function openaiAt({ url, key }: Door): OpenAI {
  return new OpenAI({ baseURL: `${url}/v1`, apiKey: key, maxRetries: 0 });
}

export function get({ url, key }: Door, path: string, method = "GET"): Promise<Response> {
  return fetch(`${url}${path}`, { method, headers: { authorization: `Bearer ${key}` } });
}

export function post(
  { url, key }: Door,
  path: string,
  body: object,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  return fetch(`${url}${path}`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, ...headers },
    body: JSON.stringify(body),
  });
}

/** The messages of a stream of lines. */
export async function lines(answer: Response) {
  return (await answer.text())
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line));
}
