/** Messages of logpoints: text, expressions, and braces that are text. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { logParts } from '../../sandbox/debugger/logMessage.ts';

/** Expressions in angle brackets. */
const shown = (message: string) =>
  logParts(message)
    .map((part) => (part.kind === 'text' ? part.text : `<${part.expression}>`))
    .join('');

for (const [message, expected] of [
  ['sum is {sum} at {i}', 'sum is <sum> at <i>'],
  ['{a[1]}{b}', '<a[1]><b>'],
  ['\\{"id": {id}\\}', '{"id": <id>}'],
  ['{ {x} }', '{ <x> }'],
  ['} {} {open', '} {} {open'],
  ['C:\\new\\', 'C:\\new\\'],
  ['', ''],
] as const) {
  test(`a logpoint "${message}"`, () => assert.equal(shown(message), expected));
}
