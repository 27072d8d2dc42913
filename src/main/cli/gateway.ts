import type { GatewayCall } from "../../shared/contract/gateway.ts";
import { type Invocation, numberOption } from "./invocation.ts";
import { localTime, milliseconds, plain } from "./text.ts";
import { withoutUndefined } from "../base/without-undefined.ts";

/**
 * Opens the gateway for other programs until Ctrl C and shows who calls; nothing of it is stored. Where a running Taleward has the
 * data directory, it is switched on there, and stays on.
 */
export async function openGateway(invocation: Invocation): Promise<number> {
  const { client, backend, options, json, print, note } = invocation;
  const opened = await client.gateway.configure(
    withoutUndefined({ enabled: true, port: numberOption(options, "port") }),
  );
  if (json) print(`${JSON.stringify(opened)}\n`);
  if (opened.url === null || opened.key === null) {
    note(`${opened.trouble ?? "The gateway could not be opened."}\n`);
    return 1;
  }
  if (!json) print(welcome(opened.url, opened.key));
  if (backend === "running") {
    note(
      "Taleward is running on this data: the gateway is switched on there, and stays on until it is switched off there.\n",
    );
    return 0;
  }
  if (!json) note("Open until Ctrl C.\n");
  await showCalls(invocation);
  return 0;
}

function welcome(url: string, key: string): string {
  const ask = '"messages": [{"role": "user", "content": "A lighthouse keeper finds a map"}]';
  const curl = (path: string) =>
    `curl ${url}${path} \\\n  -H 'Authorization: Bearer ${key}' \\\n  -d '{"model": "story_generation", ${ask}}'\n`;
  return [
    `URL  ${url}\n`,
    `Key  ${key}\n\n`,
    "Model names are your use cases and versions, such as story_generation or llama3.1-8b@1.0.\n\n",
    `Ollama's API, at ${url}:\n\n${curl("/api/chat")}\n`,
    `OpenAI's API, at ${url}/v1:\n\n${curl("/v1/chat/completions").replace(" \\\n  -d", " \\\n  -H 'Content-Type: application/json' \\\n  -d")}\n`,
  ].join("");
}

/** Each request once it was answered, until Ctrl C. */
async function showCalls({ client, json, print, signal }: Invocation): Promise<void> {
  const printed = new Set((await client.gateway.calls()).filter(isOver).map(({ id }) => id));
  try {
    for await (const { topics } of await client.app.changes(undefined, { signal })) {
      if (!topics.includes("gateway")) continue;
      const calls = (await client.gateway.calls()).filter((call) => isOver(call) && !printed.has(call.id));
      for (const call of calls.toSorted((a, b) => a.id - b.id)) {
        printed.add(call.id);
        print(json ? `${JSON.stringify(call)}\n` : describe(call));
      }
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

function isOver({ status }: GatewayCall): boolean {
  return status !== null;
}

function describe(call: GatewayCall): string {
  const { status, method, path, model, durationMs, client, error } = call;
  const parts = [
    localTime(call.atMs),
    status,
    method,
    path,
    model ?? "-",
    milliseconds(durationMs),
    client,
    ...(error === null ? [] : [error]),
  ];
  return `${plain(parts.join("  ")).replaceAll("\n", " ")}\n`;
}
