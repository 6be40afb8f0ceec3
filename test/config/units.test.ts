import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatDuration, formatSize, parseQuantity, UNIT_PATTERNS, type Unit } from '../../sandbox/config/units.ts';

const good: readonly [Unit, string | number, number][] = [
  ['size', '64MB', 67108864],
  ['size', '64MiB', 67108864],
  ['size', '64 mb', 67108864],
  ['size', '1.5GB', 1610612736],
  ['size', '16K', 16384],
  ['size', '100B', 100],
  ['size', 65536, 65536],
  ['size', 0, 0],
  ['duration', '30s', 30_000],
  ['duration', '500ms', 500],
  ['duration', '2m', 120_000],
  ['duration', '2min', 120_000],
  ['duration', '1h', 3_600_000],
  ['duration', '0.5s', 500],
  ['duration', 250, 250],
  ['count', '10G', 10_000_000_000],
  ['count', '500K', 500_000],
  ['count', '123', 123],
  ['count', 7, 7],
];

for (const [unit, written, value] of good) {
  test(`${unit} ${JSON.stringify(written)} is ${value}`, () => {
    assert.deepEqual(parseQuantity(unit, written), { ok: true, value });
  });
}

const bad: readonly [Unit, string | number, string | undefined][] = [
  ['size', '64MBs', '64MB'],
  ['size', '64', '64MB'],
  ['size', '3 megabyte', '3MB'],
  ['size', 'MB', undefined],
  ['size', '-1MB', undefined],
  ['size', '', undefined],
  ['size', '1e9MB', undefined],
  ['size', '64constructor', undefined],
  ['size', -1, undefined],
  ['size', 1.5, undefined],
  ['size', Number.NaN, undefined],
  ['size', '99999999999GB', undefined],
  ['duration', '30', '30s'],
  ['duration', '30 seconds', '30s'],
  ['duration', '30sec', '30s'],
  ['duration', '5 minuts', '5m'],
  ['count', '10GB', '10G'],
];

for (const [unit, written, suggestion] of bad) {
  test(`${unit} ${JSON.stringify(written)} is refused${suggestion ? `, with ${suggestion} offered` : ''}`, () => {
    const quantity = parseQuantity(unit, written);
    assert.ok(!quantity.ok);
    assert.equal(quantity.suggestion, suggestion);
    assert.match(quantity.message, /[.]$/);
    if (suggestion) assert.ok(parseQuantity(unit, suggestion).ok);
  });
}

test('the patterns of the schema take exactly what is read', () => {
  const suffixes = fc.constantFrom(
    '',
    'B',
    'K',
    'kb',
    'MiB',
    'M',
    'GB',
    'g',
    'T',
    's',
    'ms',
    'MS',
    'm',
    'min',
    'h',
    'x',
    'mbb',
  );
  const texts = fc.tuple(fc.nat(8999), fc.constantFrom('', ' '), suffixes).map((parts) => parts.join(''));
  fc.assert(
    fc.property(fc.constantFrom<Unit>('size', 'duration', 'count'), fc.oneof(texts, fc.string()), (unit, text) => {
      assert.equal(
        new RegExp(UNIT_PATTERNS[unit]).test(text),
        parseQuantity(unit, text).ok,
        JSON.stringify([unit, text]),
      );
    }),
  );
});

test('quantities are shown in round units', () => {
  assert.equal(formatSize(67108864), '64MB');
  assert.equal(formatSize(1610612736), '1.5GB');
  assert.equal(formatSize(100), '100B');
  assert.equal(formatDuration(500), '500ms');
  assert.equal(formatDuration(30_000), '30s');
});
