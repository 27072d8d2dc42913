import { join } from "node:path";
import { ORPCError } from "@orpc/client";
import Sqlite from "better-sqlite3";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ZodType } from "zod";
import type { Backend } from "../../src/main/backend.ts";
import { contract } from "../../src/shared/contract/contract.ts";
import { startBackend } from "../kit/backend.ts";
import { startStory } from "../kit/narrative.ts";
import { runsAll } from "../kit/tier.ts";
import { type Transport, transports } from "../kit/transports.ts";
import { id, takes } from "./valid-inputs.ts";

const calls = runsAll ? 100_000 : 5_000;
const routes = Object.entries(takes).flatMap(([domain, inputs]) =>
  Object.entries(inputs).flatMap(([name, valid]) => {
    const schema = Reflect.get(Reflect.get(contract, domain), name)["~orpc"].inputSchema as ZodType | undefined; // every schema here is zod's
    return schema === undefined ? [] : [{ domain, name, schema, valid }];
  }),
);

const odd = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom<unknown>(
    Number.NaN,
    -1,
    1e300,
    2 ** 53,
    "",
    " ",
    "\u0000",
    "../../etc/passwd",
    [],
    {},
    null,
    true,
    new Date(0),
    10n ** 30n,
  ),
  fc.string({ unit: "binary" }),
  fc.constant("x".repeat(5_000)),
);

/** A valid input with one field, however deep, replaced, or something else altogether. */
const spoiled = fc.constantFrom(...routes).chain(({ domain, name, schema, valid }) =>
  fc
    .oneof(
      { weight: 1, arbitrary: odd },
      {
        weight: 4,
        arbitrary: fc.tuple(fc.constantFrom(...paths(valid)), odd).map(([path, value]) => replaced(valid, path, value)),
      },
    )
    .map((input) => ({ domain, name, schema, input })),
);

let backend: Backend;
let transport: Transport;
let watching: Sqlite.Database;
beforeAll(async () => {
  backend = await startBackend();
  transport = await transports[0][1](backend.router);
  await startStory(transport.client);
  watching = new Sqlite(join(backend.dataDirectory, "taleward.db"), { readonly: true });
});
afterAll(async () => {
  watching.close();
  await transport.close();
  await backend.close();
});

test(`${calls.toLocaleString("en")} calls with bad input are each answered with a typed error that names the field, and write nothing`, async () => {
  const before = dataVersion();
  const fields = new Set<string>();
  let made = 0;
  const sample = fc.sample(spoiled, { numRuns: calls * 2, seed: 20_261_124 });
  while (made < calls) {
    const batch = [];
    while (batch.length < 200 && sample.length > 0) {
      const next = sample.pop();
      if (next && !next.schema.safeParse(next.input).success) batch.push(next);
    }
    if (batch.length === 0) throw new Error(`only ${made} of the inputs were bad`);
    await Promise.all(
      batch.map(async ({ domain, name, input }) => {
        const error = await refusal(domain, name, input);
        const field = error.data.field ?? "(whole)";
        fields.add(`${domain}.${name} ${field}`);
      }),
    );
    made += batch.length;
  }
  expect(dataVersion()).toBe(before);
  expect(fields.size).toBeGreaterThan(200);
}, 240_000);

test.each([
  ["registry", "registerModel", "configuration.options.temperature"],
  ["registry", "registerModel", "provider"],
  ["story", "savePassage", "baseRevision"],
  ["guardrails", "review", "violationId"],
  ["logs", "list", "limit"],
  ["inference", "generate", "useCase"],
])("%s.%s names %s where that is at fault", async (domain, name, field) => {
  const { valid } = routes.find((route) => route.domain === domain && route.name === name) ?? {};
  const error = await refusal(domain, name, replaced(valid, field.split("."), { odd: true }));
  expect(error.data.field).toBe(field);
});

test.each(
  routes
    .filter(({ valid }) => JSON.stringify(valid).includes(id))
    .map(({ domain, name, valid }) => [`${domain}.${name}`, domain, name, valid]),
)("%s of something that does not exist is NOT_FOUND and writes nothing", async (_route, domain, name, valid) => {
  const before = dataVersion();
  await expect(call(String(domain), String(name), valid)).rejects.toMatchObject({
    code: "NOT_FOUND",
    defined: true,
    data: { field: expect.stringMatching(/Id$/), value: id, remedy: expect.stringMatching(/\S/) },
  });
  expect(dataVersion()).toBe(before);
});

test.each([
  [
    "a prompt of a million characters",
    "generate",
    { useCase: "story_generation", prompt: "a".repeat(1_000_000) },
    "BAD_REQUEST",
    "prompt",
  ],
  ["an unknown use case", "generate", { useCase: "no_such_case", prompt: "A map" }, "NOT_FOUND", "useCase"],
])("%s is refused by name and writes nothing", async (_what, name, input, code, field) => {
  const before = dataVersion();
  await expect(call("inference", name, input)).rejects.toMatchObject({
    code,
    defined: true,
    data: { field, remedy: expect.stringMatching(/\S/) },
  });
  expect(dataVersion()).toBe(before);
});

async function refusal(domain: string, name: string, input: unknown) {
  const error = await call(domain, name, input).then(
    (answer) =>
      new Error(
        `${domain}.${name} took ${JSON.stringify(input)?.slice(0, 200)} and answered ${JSON.stringify(answer)}`,
      ),
    (thrown: unknown) => thrown,
  );
  if (
    !(error instanceof ORPCError) ||
    !error.defined ||
    error.code !== "BAD_REQUEST" ||
    typeof error.data.remedy !== "string"
  )
    throw new Error(`${domain}.${name} with ${JSON.stringify(input)?.slice(0, 200)}: ${String(error)}`, {
      cause: error,
    });
  // What is wrong and what would be right are each said once, and not in a library's words.
  const { message } = error;
  const { remedy, value } = error.data;
  if (
    /\b(Too (small|big):|Invalid (input|option|string|key)|: expected |Unrecognized key)/.test(message + remedy) ||
    value === undefined ||
    message === remedy
  )
    throw new Error(`${domain}.${name}: "${message}" "${remedy}" (${value})`);
  return error;
}

/** Calls a route and, where it answers with events, asks for the first. */
async function call(domain: string, name: string, input: unknown): Promise<unknown> {
  const answer = await Reflect.get(Reflect.get(transport.client, domain), name)(input);
  return typeof answer === "object" && answer !== null && Symbol.asyncIterator in answer
    ? answer[Symbol.asyncIterator]().next()
    : answer;
}

/** Changes when any other connection commits. */
function dataVersion(): unknown {
  return watching.pragma("data_version", { simple: true });
}

function paths(value: unknown, at: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== "object" || value === null) return at.length === 0 ? [["extra"]] : [at];
  return Object.entries(value).flatMap(([key, part]) => [[...at, key], ...paths(part, [...at, key])]);
}

function replaced(value: unknown, [key, ...rest]: readonly string[], by: unknown): unknown {
  if (key === undefined) return by;
  const copy: object = Array.isArray(value)
    ? [...value]
    : typeof value === "object" && value !== null
      ? { ...value }
      : {};
  Reflect.set(copy, key, replaced(Reflect.get(copy, key), rest, by));
  return copy;
}
