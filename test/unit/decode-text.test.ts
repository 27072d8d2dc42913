import { expect, test } from "vitest";
import { decodeText } from "../../src/main/cli/decode-text.ts";

const text = '{"name":"Käthe, Σίσυφος, 灯台"}';
const utf16le = Buffer.from(text, "utf16le");
const utf16be = Buffer.from(utf16le).swap16();

test.each([
  ["UTF-8", Buffer.from(text)],
  ["UTF-8 with a byte order mark", Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from(text)])],
  ["UTF-16 of Windows, marked", Buffer.concat([Buffer.from([0xff, 0xfe]), utf16le])],
  ["UTF-16 the other way round, marked", Buffer.concat([Buffer.from([0xfe, 0xff]), utf16be])],
  ["UTF-16 without a mark", utf16le],
  ["UTF-16 the other way round without a mark", utf16be],
])("reads %s", (_, bytes) => {
  expect(decodeText(bytes)).toBe(text);
});

test("a text without anything is empty, and what is no text is refused rather than filled with signs of doubt", () => {
  expect(decodeText(new Uint8Array())).toBe("");
  expect(() => decodeText(Uint8Array.of(0x7b, 0xff, 0xff, 0x7d))).toThrow(TypeError);
});
