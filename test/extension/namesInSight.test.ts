/** Which names get their values written at the ends of lines. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { namesInSight } from '../../extension/namesInSight.ts';

/** The names of each line, of a source that is stopped at its line with `// here` or `;; here`. */
function names(source: string, language = 'c'): string[] {
  const lines = source.split('\n');
  const stoppedAt = lines.findIndex((line) => / here$/.test(line));
  const found: string[] = [];
  for (const { name, line, column } of namesInSight(lines, stoppedAt, language)) {
    assert.equal(lines[line]?.slice(column, column + name.length), name);
    found.push(`${line} ${name}`);
  }
  return found;
}

test('C: this function only, from its head to where it stands', () => {
  const source = `static int other(int a) {
  return a;
}

static int sum(int count, const char *text)
{
  int total = 0; // total starts
  for (int i = 0; i < count; i++) {
    total += weight(i, "count"); // here
  }
  return later;
}`;
  const found = names(source);
  assert.ok(found.includes('4 count') && found.includes('6 total') && found.includes('8 i'));
  assert.ok(!found.some((one) => /other| a$|weight|starts|later/.test(one)), found.join());
  assert.equal(found.filter((one) => one.endsWith(' count')).length, 2);
});

test('C: fields and calls are not names of variables', () => {
  assert.deepEqual(names('int f(void) {\n  customer->spent += order.price * rate(1); // here\n}'), [
    '0 int',
    '0 void',
    '1 customer',
    '1 order',
  ]);
});

test('AssemblyScript: the method, not the class', () => {
  const source = `class Store {
  first(x: i32): i32 {
    return x;
  }

  second(
    name: string,
    price: f64,
  ): void {
    const y = price;
    if (y > 1) {
      this.log(\`x\`); // here
    }
  }
}`;
  const found = names(source, 'typescript');
  assert.ok(found.includes('6 name') && found.includes('9 y') && found.includes('11 this'));
  assert.ok(!found.some((one) => one.endsWith(' x')), found.join());
});

test('WAT: names with a dollar sign, from (func on', () => {
  const source = `(func $one (param $p i32))
(func $two (param $a i32) ;; $comment
  local.get $a
  call $one) ;; here`;
  assert.deepEqual(names(source, 'wat'), ['1 $two', '1 $a', '2 $a', '3 $one']);
});

test('outside of any function there is only the line itself', () => {
  assert.deepEqual(names('int a = 1;\nint b = a; // here'), ['1 int', '1 b', '1 a']);
});

test('thousands of lines of nothing are given up soon', () => {
  const source = `${'x;\n'.repeat(5000)}y; // here`;
  assert.deepEqual(names(source), ['5000 y']);
});
