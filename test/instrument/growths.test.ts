import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { instrument } from '../../sandbox/instrument/instrument.ts';
import { InstrumentError } from '../../sandbox/instrument/instrumentError.ts';
import {
  EVENT_GROWTH,
  type InstrumentOptions,
  PROBE_EXPORTS,
  SITE_ALWAYS,
} from '../../sandbox/instrument/instrumented.ts';
import { instructionsOf } from '../../sandbox/wasm/instructions.ts';
import { readModule } from '../../sandbox/wasm/module.ts';
import { validateModule } from '../../sandbox/wasm/validate.ts';
import { assemble, run } from './harness.ts';

const PAGE = 65536;
const EVERYTHING: InstrumentOptions = {
  clock: 'exact',
  checks: true,
  depth: true,
  maxCallDepth: 100,
  maxMemory: 4 * PAGE,
  maxTableEntries: 10,
  growths: true,
};

/** A growth in each way that the clock of a function can be kept: alone, behind calls, in a loop. */
const GROWING = `(module (memory $m 1) (memory $n i64 1) (table $t 2 funcref) (table $u i64 1 funcref)
  (func $leaf (param i32) (result i32) (i32.add (memory.grow (local.get 0)) (i32.const 1)))
  (func (export "direct") (param i32) (result i32) (call $leaf (local.get 0)))
  (func (export "loop") (param $by i32) (param $times i32) (result i32) (local $sum i32)
    (loop $again
      (local.set $sum (i32.add (local.get $sum) (memory.grow (local.get $by))))
      (br_if $again (local.tee $times (i32.sub (local.get $times) (i32.const 1)))))
    local.get $sum)
  (func (export "wide") (param i64) (result i64) (memory.grow $n (local.get 0)))
  (func (export "table") (param i32) (result i32) (table.grow $t (ref.null func) (local.get 0)))
  (func (export "wide table") (param i64) (result i64) (table.grow $u (ref.null func) (local.get 0)))
  (func (export "dead") (result i32) (return (i32.const 5)) (drop (memory.grow (i32.const 1000))) unreachable))`;

interface Told {
  readonly number: number;
  readonly instant: number;
  readonly depth: number;
  readonly asked: bigint;
}

function grower(text: string, options: InstrumentOptions = {}) {
  const told: Told[] = [];
  const hits: { id: number; instant: number }[] = [];
  const instrumented = instrument(assemble(text), { ...EVERYTHING, ...options });
  assert.deepEqual(validateModule(instrumented.bytes), { ok: true });
  const running = run(instrumented, (id, instant, depth) => {
    if (id > EVENT_GROWTH) return hits.push({ id, instant });
    const { value } = running.exports[PROBE_EXPORTS.asked] as WebAssembly.Global;
    return told.push({ number: EVENT_GROWTH - id, instant, depth, asked: BigInt.asUintN(64, value as bigint) });
  });
  return { running, told, hits, instrumented };
}

describe('a growth that is refused', () => {
  test('is told with what was asked for, and the program sees -1', () => {
    const { running, told, instrumented } = grower(GROWING);
    assert.equal(running.call('direct', 1), 2);
    assert.equal(told.length, 0);
    assert.equal(running.call('direct', 1000), 0);
    assert.equal(running.call('direct', -1), 0);
    assert.deepEqual(
      told.map(({ asked }) => asked),
      [1000n, 0xffff_ffffn],
    );
    assert.deepEqual(instrumented.growths[told[0]!.number], {
      ...instrumented.growths[0],
      functionIndex: 0,
      of: 'memory',
      index: 0,
    });
  });

  test('of memories and tables with 64-bit sizes', () => {
    const { running, told, instrumented } = grower(GROWING);
    assert.equal(running.call('wide', 1n), 1n);
    assert.equal(running.call('wide', -1n), -1n);
    assert.equal(running.call('table', 1), 2);
    assert.equal(running.call('table', 1000), -1);
    assert.equal(running.call('wide table', 1n << 40n), -1n);
    assert.deepEqual(
      told.map(({ number, asked }) => {
        const { of, index } = instrumented.growths[number]!;
        return { of, index, asked };
      }),
      [
        { of: 'memory', index: 1, asked: 0xffff_ffff_ffff_ffffn },
        { of: 'table', index: 0, asked: 1000n },
        { of: 'table', index: 1, asked: 1n << 40n },
      ],
    );
  });

  test('has the offset of its instruction', () => {
    const bytes = assemble(GROWING);
    const { growths } = instrument(bytes, EVERYTHING);
    const module = readModule(bytes);
    for (const { offset, functionIndex, of } of growths) {
      const cursors = instructionsOf(module, module.functions[functionIndex]!.body!);
      let name = '';
      for (const cursor of cursors) if (cursor.offset === offset) name = cursor.opcode.name;
      assert.equal(name, `${of}.grow`);
    }
    assert.equal(growths.length, 6);
  });

  test('has the instant of its instruction, in each way of counting', () => {
    for (const clock of ['exact', 'brute'] as const) {
      const { running, told, hits, instrumented } = grower(GROWING, { clock, sites: 'all' });
      running.flags.fill(SITE_ALWAYS);
      running.call('loop', 1000, 3);
      running.call('direct', 1000);
      running.call('table', 1000);
      for (const { number, instant } of told) {
        const { offset } = instrumented.growths[number]!;
        const site = instrumented.sites.findIndex((each) => each.offset === offset);
        assert.ok(
          hits.some((hit) => hit.id === site && hit.instant === instant),
          `${clock}: ${instant}`,
        );
      }
      assert.equal(told.length, 5);
    }
  });

  test('moves neither the clock nor a result', () => {
    const ends = [true, false].map((growths) => {
      const { running } = grower(GROWING, { growths });
      const results = [
        running.call('loop', 1, 5),
        running.call('direct', 5),
        running.call('table', 50),
        running.call('dead'),
      ];
      return { results, clock: running.clock() };
    });
    assert.deepEqual(ends[0], ends[1]);
  });

  test('happens at the right depth', () => {
    const { running, told, instrumented } = grower(GROWING);
    running.call('direct', 1000);
    running.call('loop', 1000, 1);
    assert.deepEqual(
      told.map(({ depth }) => depth / instrumented.shadow.stride),
      [2, 1],
    );
  });

  test('without the option, nothing is told and nothing is added', () => {
    const { instrumented, running } = grower(GROWING, { growths: false });
    assert.deepEqual(instrumented.growths, []);
    assert.equal(PROBE_EXPORTS.asked in running.exports, false);
  });
});

describe('what memories and tables may have', () => {
  const bounds = (text: string, options: InstrumentOptions) => {
    const { memoryBounds, tableBounds } = instrument(assemble(text), options);
    return { memories: memoryBounds.map(({ allowed }) => allowed), tables: tableBounds.map(({ allowed }) => allowed) };
  };

  test('is shared among them: a small maximum leaves its rest to the others', () => {
    const text = '(module (memory 1) (memory 1 2) (memory 2) (table 1 funcref) (table 1 100 externref))';
    assert.deepEqual(bounds(text, { maxMemory: 15 * PAGE, maxTableEntries: 50 }), {
      memories: [6, 2, 7],
      tables: [25, 25],
    });
  });

  test('is anything without a limit', () => {
    const text = '(module (memory 1) (memory 1 2) (table 1 funcref))';
    assert.deepEqual(bounds(text, {}), { memories: [Infinity, 2], tables: [Infinity] });
    assert.deepEqual(validateModule(instrument(assemble(text), {}).bytes), { ok: true });
  });

  test('is refused when together they need more from their start', () => {
    const refused = (text: string, options: InstrumentOptions) =>
      assert.throws(() => instrument(assemble(text), options), InstrumentError);
    refused('(module (memory 2) (memory 2))', { maxMemory: 3 * PAGE });
    refused('(module (table 6 funcref) (table 6 funcref))', { maxTableEntries: 10 });
  });
});
