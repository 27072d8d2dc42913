/**
 * Where the kit finds the entries of threads and processes. Within `npm test` they are the built ones: a database worker takes
 * three times the processor time to start from source. A runner that is started by hand needs no build.
 */
export const isBuilt = process.env["TALEWARD_BUILT"] === "1";

/** An entry by its path below `src/main`, without extension: `entry("db/worker")`. */
export function entry(path: string): URL {
  return new URL(isBuilt ? `../../out/main/${path}.js` : `../../src/main/${path}.ts`, import.meta.url);
}
