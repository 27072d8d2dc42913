import { expect, test } from "vitest";
import { toCsv } from "../../../src/renderer/src/ui/csv.ts";

test("a text that a spreadsheet would run is a text, and a negative number stays a number", () => {
  const rows = [
    ['=HYPERLINK("http://elsewhere.example")', -1.5],
    ["+1", null],
    ["-cmd", 0],
    ["@SUM(A1)", 2],
  ];
  expect(toCsv(["name", "value"], rows)).toBe(
    `name,value\r\n"'=HYPERLINK(""http://elsewhere.example"")",-1.5\r\n'+1,\r\n'-cmd,0\r\n'@SUM(A1),2\r\n`,
  );
});
