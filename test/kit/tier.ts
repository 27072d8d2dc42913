/** Whether this is `npm run test:all`, which tries every promise on both transports and at its full count. */
export const runsAll = process.env["TALEWARD_TEST_ALL"] === "1";
