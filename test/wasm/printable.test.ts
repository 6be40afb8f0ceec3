import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { printable, printableLines } from '../../sandbox/wasm/printable.ts';

describe('text that a program has chosen', () => {
  it('cannot move a cursor, begin a line or turn the direction around', () => {
    assert.equal(
      printable('a\x1b[31m\x9b0m\nb\tc\u202ed\u2028\x7f'),
      'a\\u001b[31m\\u009b0m\\u000ab\\u0009c\\u202ed\\u2028\\u007f',
    );
  });

  it('keeps its letters, whatever the script', () => {
    const text = 'naïve 中文 🙂 \u0627\u0644 "quoted" \\';
    assert.equal(printable(text), text);
  });

  it('quoted in lines of ours leaves these as they are', () => {
    assert.equal(printableLines('one\n\ttwo\r\x1b'), 'one\n\ttwo\\u000d\\u001b');
  });
});
