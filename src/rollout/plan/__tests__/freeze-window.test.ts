import { describe, expect, it } from 'vitest';
import { freezeWindow, isFrozen } from '../freeze-window.ts';

const at = (text: string) => Date.parse(text);
const windowOf = (cron: string, duration: string, timezone = 'UTC') => [
  freezeWindow.parse({ cron, duration, timezone }),
];

describe('a freeze window', () => {
  it.each([
    ['Friday before it begins', '2026-10-02T16:59:59Z', false],
    ['Friday when it begins', '2026-10-02T17:00:00Z', true],
    ['Sunday', '2026-10-04T12:00:00Z', true],
    ['Monday in its last second', '2026-10-05T08:59:59Z', true],
    ['Monday when it is over', '2026-10-05T09:00:00Z', false],
    ['Wednesday', '2026-10-07T17:00:00Z', false],
  ])('over a weekend: %s', (_, moment, frozen) => {
    expect(isFrozen(windowOf('0 17 * * 5', '64h'), at(moment))).toBe(frozen);
  });

  it.each([
    ['the evening', '2026-10-31T22:30:00Z', true],
    ['the other side of midnight, in another month', '2026-11-01T01:30:00Z', true],
    ['afterwards', '2026-11-01T02:00:01Z', false],
  ])('over midnight: %s', (_, moment, frozen) => {
    expect(isFrozen(windowOf('0 22 * * *', '4h'), at(moment))).toBe(frozen);
  });

  it.each([
    ['summer', '2026-07-01T15:30:00Z', true],
    ['summer, an hour before', '2026-07-01T14:30:00Z', false],
    ['winter', '2026-12-01T16:30:00Z', true],
    ['winter, an hour before', '2026-12-01T15:30:00Z', false],
  ])('by the clocks of its place: %s', (_, moment, frozen) => {
    expect(isFrozen(windowOf('0 17 * * *', '1h', 'Europe/Berlin'), at(moment))).toBe(frozen);
  });

  it('is one of several', () => {
    const windows = [...windowOf('0 3 * * *', '1h'), ...windowOf('0 17 * * 5', '64h')];
    expect(isFrozen(windows, at('2026-10-07T03:30:00Z'))).toBe(true);
    expect(isFrozen(windows, at('2026-10-07T04:30:00Z'))).toBe(false);
    expect(isFrozen([], at('2026-10-07T03:30:00Z'))).toBe(false);
  });
});
