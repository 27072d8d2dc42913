import { expect, test } from "vitest";
import { Transfer } from "../../../src/main/inference/servers/transfer.ts";

test("sums up the layers it has heard of", () => {
  const transfer = new Transfer();
  transfer.report("a", 0, 1_000, 0);
  transfer.report("a", 1_000, 1_000, 100);
  expect(transfer.report("b", 50, 500, 200)).toEqual({
    bytesDone: 1_050,
    bytesTotal: 1_500,
    bytesPerSecond: null,
    secondsLeft: null,
  });
});

test("tells speed and time left once half a second has passed", () => {
  const transfer = new Transfer();
  transfer.report("a", 0, 10_000, 0);
  expect(transfer.report("a", 400, 10_000, 400)).toMatchObject({ bytesPerSecond: null });
  expect(transfer.report("a", 2_000, 10_000, 1_000)).toEqual({
    bytesDone: 2_000,
    bytesTotal: 10_000,
    bytesPerSecond: 2_000,
    secondsLeft: 4,
  });
});

test("what was there before it was heard of is done but no speed", () => {
  const transfer = new Transfer();
  transfer.report("a", 9_000, 10_000, 0);
  expect(transfer.report("a", 9_100, 10_000, 1_000)).toMatchObject({ bytesPerSecond: 100, secondsLeft: 9 });
});

test("the speed is that of the last five seconds", () => {
  const transfer = new Transfer();
  for (let second = 0; second <= 10; second++) transfer.report("a", second * 1_000, 100_000, second * 1_000);
  let last = transfer.report("a", 10_000, 100_000, 10_000);
  for (let second = 11; second <= 16; second++) last = transfer.report("a", 10_000, 100_000, second * 1_000);
  expect(last).toMatchObject({ bytesPerSecond: 0, secondsLeft: null });
});

test("a server that counts back is not a negative speed", () => {
  const transfer = new Transfer();
  transfer.report("a", 5_000, 10_000, 0);
  transfer.report("a", 1_000, 10_000, 500);
  expect(transfer.report("a", 2_000, 10_000, 1_000)).toMatchObject({ bytesDone: 2_000, bytesPerSecond: 1_000 });
});
