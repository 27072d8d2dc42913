import { expect, test } from "vitest";
import { contentSecurityPolicy, contentTypeOf } from "../../../src/main/base/web-assets.ts";

test("built files are served as what they are, and unknown ones as bytes", () => {
  expect(contentTypeOf("/out/index.html")).toBe("text/html; charset=utf-8");
  expect(contentTypeOf("a.b.js")).toBe("text/javascript; charset=utf-8");
  expect(contentTypeOf("passwd")).toBe("application/octet-stream");
});

test("the screens load scripts and connections of their own origin only", () => {
  const rules = contentSecurityPolicy.split("; ");
  expect(rules).toEqual(expect.arrayContaining(["default-src 'none'", "script-src 'self'", "connect-src 'self'"]));
  expect(contentSecurityPolicy).not.toContain("unsafe-eval");
});
