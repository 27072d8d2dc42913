import fc from "fast-check";

/**
 * A commit's tests say the same each time they are run: properties are tried on the same examples. `TALEWARD_TEST_SEED` tries
 * others, and `TALEWARD_TEST_SEED=random` new ones each time.
 */
const wanted = process.env["TALEWARD_TEST_SEED"] ?? "20261130";
const seed = wanted === "random" ? Date.now() % 2 ** 31 : Number(wanted);
if (!Number.isInteger(seed)) throw new Error(`TALEWARD_TEST_SEED is ${wanted}: give a whole number, or random`);
fc.configureGlobal({ seed });
