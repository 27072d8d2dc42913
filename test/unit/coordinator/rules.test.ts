import fc from "fast-check";
import { expect, test } from "vitest";
import {
  decide,
  defaultRules,
  isQuiet,
  levelThatReachesAll,
  parseRules,
} from "../../../src/main/coordinator/rules/rules.ts";
import { alertKind, alertLevel, type AlertRules } from "../../../src/shared/contract/coordination.ts";

const minute = fc.integer({ min: 0, max: 1_439 });
const level = fc.constantFrom(...alertLevel.options);
const rules: fc.Arbitrary<AlertRules> = fc.record({
  desktop: fc.option(level),
  webhook: fc.option(fc.record({ url: fc.constant("http://127.0.0.1:1/"), from: level })),
  quiet: fc.option(fc.record({ fromMinute: minute, untilMinute: minute })),
  muted: fc.subarray(alertKind.options),
});

test("quiet hours are as long as from their beginning to their end, over midnight too", () => {
  fc.assert(
    fc.property(minute, minute, (fromMinute, untilMinute) => {
      const quiet = Array.from({ length: 1_440 }, (_, at) => isQuiet({ fromMinute, untilMinute }, at));
      expect(quiet.filter(Boolean)).toHaveLength((untilMinute - fromMinute + 1_440) % 1_440);
      if (fromMinute === untilMinute) return;
      expect(quiet[fromMinute]).toBe(true);
      expect(quiet[(untilMinute + 1_439) % 1_440]).toBe(true);
      expect(quiet[untilMinute]).toBe(false);
      expect(quiet[(fromMinute + 1_439) % 1_440]).toBe(false);
    }),
  );
});

test("turning the clock turns the quiet hours with it", () => {
  fc.assert(
    fc.property(minute, minute, minute, minute, (fromMinute, untilMinute, at, by) => {
      const turned = (value: number) => (value + by) % 1_440;
      expect(isQuiet({ fromMinute: turned(fromMinute), untilMinute: turned(untilMinute) }, turned(at))).toBe(
        isQuiet({ fromMinute, untilMinute }, at),
      );
    }),
  );
});

test("a critical alert is told in quiet hours as outside them; anything milder is told nowhere but on the screens", () => {
  fc.assert(
    fc.property(rules, level, minute, (given, at, now) => {
      const received = decide(given, { level: at }, now);
      const always = decide({ ...given, quiet: null }, { level: at }, now);
      if (at === "critical" || !isQuiet(given.quiet, now)) expect(received).toEqual(always);
      else expect(received).toMatchObject({ desktop: false, webhook: null });
      expect(received.suppressed).toBe(
        (always.desktop || always.webhook !== null) && !(received.desktop || received.webhook !== null),
      );
    }),
  );
});

test("an alert is told from the level on that the rules name, and one as grave as all of them everywhere", () => {
  fc.assert(
    fc.property(rules, level, minute, (given, at, now) => {
      const awake = { ...given, quiet: null };
      const rank = alertLevel.options.indexOf(at);
      const received = decide(awake, { level: at }, now);
      expect(received.desktop).toBe(given.desktop !== null && rank >= alertLevel.options.indexOf(given.desktop));
      expect(received.webhook !== null).toBe(
        given.webhook !== null && rank >= alertLevel.options.indexOf(given.webhook.from),
      );
      expect(decide(awake, { level: levelThatReachesAll(given) }, now)).toEqual({
        desktop: given.desktop !== null,
        webhook: given.webhook?.url ?? null,
        suppressed: false,
      });
    }),
  );
});

test("rules come back as they were kept, and what is none is as if it had never been kept", () => {
  fc.assert(
    fc.property(rules, (given) => {
      expect(parseRules(JSON.stringify(given))).toEqual(given);
    }),
  );
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(parseRules(text)).toEqual(defaultRules);
    }),
  );
  expect(parseRules(JSON.stringify({ ...defaultRules, quiet: { fromMinute: 0, untilMinute: 1_440 } }))).toEqual(
    defaultRules,
  );
  expect(parseRules(null)).toEqual(defaultRules);
});
