import { SchemaThread } from "../../src/main/inference/schemas/schema-thread.ts";
import { entry } from "./built.ts";

export const schemaWorker = entry("inference/schemas/schema-worker");

/** Reads the schemas of all tests of a process: the thread starts with the first that has one. */
export const schemas = new SchemaThread(schemaWorker);
