/**
 * The instrumented module as a whole: valid, same results, nothing renumbered or lost, offsets that lead back, limits,
 * refusals.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { instrument } from '../../sandbox/instrument/instrument.ts';
import { InstrumentError } from '../../sandbox/instrument/instrumentError.ts';
import { EVENT_GROWTH, type InstrumentOptions, PROBE_EXPORTS } from '../../sandbox/instrument/instrumented.ts';
import { instrumentedOffset, originalOffset } from '../../sandbox/instrument/offsetMap.ts';
import { disassemble } from '../../sandbox/wasm/disassemble.ts';
import { instructionsOf } from '../../sandbox/wasm/instructions.ts';
import { customSection, readModule } from '../../sandbox/wasm/module.ts';
import { validateModule } from '../../sandbox/wasm/validate.ts';
import { assemble, callsIn, HOST, run } from './harness.ts';

const programs = new URL('../fixtures/instrument/', import.meta.url);
const EVERYTHING: InstrumentOptions = {
  sites: 'all',
  clock: 'exact',
  checks: true,
  depth: true,
  maxCallDepth: 9000,
  growths: true,
};
const subsets: readonly InstrumentOptions[] = [
  {},
  { sites: [] },
  { clock: 'exact' },
  { depth: true },
  { growths: true },
  { sites: 'all', depth: true },
  EVERYTHING,
];

for (const file of readdirSync(programs).filter((name) => name.endsWith('.wat'))) {
  const text = readFileSync(new URL(file, programs), 'utf8');
  const bytes = assemble(text);

  test(`${file}: valid, with the same results, however it is instrumented`, () => {
    const plain = new WebAssembly.Instance(new WebAssembly.Module(bytes), HOST).exports;
    const expected = callsIn(text).map(([name, ...args]) => {
      try {
        return (plain[name] as (...args: unknown[]) => unknown)(...args);
      } catch (error) {
        return (error as Error).message;
      }
    });
    for (const options of subsets) {
      const running = run(instrument(bytes, options), (id) => assert.ok(id <= EVENT_GROWTH, 'nothing is armed'), HOST);
      if (PROBE_EXPORTS.start in running.exports) running.call(PROBE_EXPORTS.start);
      assert.deepEqual(
        callsIn(text).map(([name, ...args]) => running.call(name, ...args)),
        expected,
      );
    }
  });

  test(`${file}: every original instruction is there, and its offset leads back`, () => {
    const original = readModule(bytes);
    const instrumented = instrument(bytes, EVERYTHING);
    const changed = readModule(instrumented.bytes);
    for (const { body, index } of original.functions) {
      if (!body) continue;
      const there = new Map(
        disassemble(changed, index).map(({ offset, text }) => [offset + changed.codeStart, unnamed(text)]),
      );
      for (const { offset, text } of disassemble(original, index)) {
        const place = instrumentedOffset(instrumented, offset);
        assert.equal(there.get(place!), unnamed(text));
        assert.equal(originalOffset(instrumented, place!), offset);
      }
      // What was inserted leads to the instruction before which it stands: offsets never go back.
      let last = body.bodyStart;
      for (const { offset } of instructionsOf(changed, changed.functions[index]!.body!)) {
        const back = originalOffset(instrumented, offset + changed.codeStart)!;
        assert.ok(back >= last && back <= body.end, `${back} after ${last}`);
        last = back;
      }
    }
    const appended = changed.functions[instrumented.firstAppendedFunction]!;
    assert.equal(originalOffset(instrumented, appended.body!.bodyStart + changed.codeStart), undefined);
  });
}

/** New exports give names to tables that had none. */
function unnamed(text: string): string {
  return text.replaceAll(/ <[^>]*>/g, '');
}

test('custom sections, names and imports stay; the start function is taken out and exported', () => {
  const bytes = assemble(readFileSync(new URL('features.wat', programs), 'utf8'));
  const original = readModule(bytes);
  const instrumented = instrument(bytes, EVERYTHING);
  const changed = readModule(instrumented.bytes);
  assert.deepEqual(customSection(changed, 'name'), customSection(original, 'name'));
  assert.deepEqual(changed.imports, original.imports);
  assert.equal(changed.start, undefined);
  assert.equal(changed.exports.find(({ name }) => name === PROBE_EXPORTS.start)?.index, original.start);
  assert.equal(instrumented.memories, 2);
  assert.deepEqual(instrumented.globals, ['i32', 'i32']);
  const names = new Set(changed.exports.map(({ name }) => name));
  for (const name of ['__ws_memory0', '__ws_memory1', '__ws_global0', '__ws_global1', '__ws_table0', '__ws_hook']) {
    assert.ok(names.has(name), name);
  }
});

test('modules with recursive types, references and globals that hold them', () => {
  // (module (rec (type $s (struct (field (mut i32)))) (type $a (array (mut (ref null $s))))) (type $f (func (param (ref $s)) (result i32)))
  //  (global (ref $s) (struct.new $s (i32.const 5))) … (func (export "run") (param i32) (result i32) …call_ref $f…))
  const bytes = Buffer.from(
    '0061736d010000000116034e025f017f015e63000160016400017f60017f017f0303020203060a016400004105fb00000b0707010372756e0001090501030001000a280208002000fb0200000b1d0101630123004103fb06012101200020014101fb0b01d4d20014026a0b',
    'hex',
  );
  const hits: number[] = [];
  const running = run(instrument(bytes, EVERYTHING), (id) => hits.push(id));
  running.flags.fill(1);
  assert.equal(running.call('run', 4), 9);
  assert.equal(
    new Set(hits).size,
    readModule(bytes).functions.reduce((n, { index }) => n + disassemble(readModule(bytes), index).length, 0),
  );
});

test('an empty module', () => {
  const { bytes, sites } = instrument(Uint8Array.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]), EVERYTHING);
  assert.deepEqual(validateModule(bytes), { ok: true });
  assert.deepEqual(sites, []);
});

test("the host's share of memory bounds what a module can grow to", () => {
  const bytes = assemble('(module (memory 1) (func (export "grow") (param i32) (result i32) local.get 0 memory.grow))');
  const running = run(instrument(bytes, { maxMemory: 3 * 65536 + 100 }), () => {});
  assert.equal(running.call('grow', 2), 1);
  assert.equal(running.call('grow', 1), -1);
  assert.throws(() => instrument(bytes, { maxMemory: 65535 }), InstrumentError);
});

test('refuses a module that is instrumented already', () => {
  const once = instrument(assemble('(module (func (export "f")))'), EVERYTHING).bytes;
  assert.throws(() => instrument(once, EVERYTHING), InstrumentError);
});

test('refuses options that need others', () => {
  const bytes = assemble('(module)');
  assert.throws(() => instrument(bytes, { checks: true }), InstrumentError);
  assert.throws(() => instrument(bytes, { maxCallDepth: 5 }), InstrumentError);
  assert.throws(() => instrument(bytes, { trackedLocals: new Map() }), InstrumentError);
});

test('sites: statements, entries, and accessors that have none', () => {
  const bytes = assemble(`(module
    (func $get (param i32) (result i32) local.get 0 i32.const 1 i32.add)
    (func (export "f") (param i32) (result i32) nop local.get 0 call $get ${'nop '.repeat(20)}))`);
  const module = readModule(bytes);
  const [accessor, fn] = module.functions;
  const call = disassemble(module, 1)[2]!.offset;
  const { sites } = instrument(module, { sites: [call, fn!.body!.start] });
  assert.deepEqual(sites, [
    { offset: fn!.body!.bodyStart, functionIndex: 1, entry: true, statement: true },
    { offset: call, functionIndex: 1, entry: false, statement: true },
  ]);
  assert.equal(instrument(module, { entries: true }).sites.length, 2);
  const asked = instrument(module, { sites: [accessor!.body!.bodyStart] }).sites;
  assert.deepEqual(
    asked.map(({ functionIndex, statement }) => [functionIndex, statement]),
    [
      [0, true],
      [1, false],
    ],
  );
});
