import type { MenuItemConstructorOptions } from "electron";
import { expect, test, vi } from "vitest";
import { appMenu } from "../../../src/main/electron/app-menu.ts";
import { dictionariesFor } from "../../../src/main/electron/spelling.ts";
import { textMenu } from "../../../src/main/electron/text-menu.ts";

const actions = { replace: vi.fn(), learn: vi.fn(), languages: [], choose: vi.fn() };
const editFlags = {
  canUndo: true,
  canRedo: false,
  canCut: false,
  canCopy: false,
  canPaste: true,
  canDelete: false,
  canSelectAll: true,
  canEditRichly: false,
};
const plain = { isEditable: true, selectionText: "", misspelledWord: "", dictionarySuggestions: [], editFlags };

const labels = (items: readonly MenuItemConstructorOptions[]) =>
  items.map(({ label, role, type }) => label ?? role ?? type);

test("a misspelt word is offered its suggestions and a place in the dictionary, then what the clipboard can do", () => {
  const clicked = { ...plain, misspelledWord: "lamq", dictionarySuggestions: ["lamp", "lame"] };
  const items = textMenu(clicked, actions);
  expect(labels(items)).toEqual([
    "lamp",
    "lame",
    "separator",
    "Add “lamq” to the dictionary",
    "separator",
    "undo",
    "redo",
    "separator",
    "cut",
    "copy",
    "paste",
    "selectAll",
  ]);
  expect(items.find(({ role }) => role === "cut")?.enabled).toBe(false);
  expect(items.find(({ role }) => role === "paste")?.enabled).toBe(true);
});

test("a word without suggestions says so", () => {
  expect(labels(textMenu({ ...plain, misspelledWord: "xqzt" }, actions))[0]).toBe("No suggestions");
});

test("text that cannot be changed can be copied; where there is none, there is no menu", () => {
  const fixed = { ...plain, isEditable: false };
  expect(labels(textMenu({ ...fixed, selectionText: "The lamp" }, actions))).toEqual(["copy"]);
  expect(textMenu(fixed, actions)).toEqual([]);
});

test("languages say which are checked, that a dictionary is downloaded, and which could not be", () => {
  const languages = [
    { code: "de", name: "German", chosen: true, missing: true },
    { code: "fr", name: "French", chosen: false, missing: false },
  ];
  const { submenu } = textMenu(plain, { ...actions, languages }).at(-1) ?? {};
  if (!Array.isArray(submenu)) throw new Error("no languages");
  expect(labels(submenu)).toEqual([
    "A dictionary is downloaded when its language is first chosen",
    "separator",
    "German (its dictionary could not be downloaded)",
    "French",
  ]);
  expect(submenu.map(({ checked }) => checked)).toEqual([undefined, undefined, true, false]);
});

test.each([
  [
    ["de-AT", "en-US"],
    ["de", "en-US"],
  ],
  [["en-NZ"], ["en-GB"]],
  [
    ["pt-BR", "pt-PT"],
    ["pt-BR", "pt-PT"],
  ],
  [["ja-JP"], []],
  [["de-DE", "de-CH"], ["de"]],
])("the languages of a desktop %j are checked by the dictionaries %j", (preferred, expected) => {
  expect(dictionariesFor(preferred, ["de", "en-GB", "en-US", "fr", "pt-BR", "pt-PT"])).toEqual(expected);
});

test("a Mac has the app's own menu first", () => {
  expect(appMenu("darwin").map(({ role }) => role)).toEqual([
    "appMenu",
    "fileMenu",
    "editMenu",
    "viewMenu",
    "windowMenu",
  ]);
  expect(appMenu("linux").map(({ role }) => role)).toEqual(["fileMenu", "editMenu", "viewMenu", "windowMenu"]);
});
