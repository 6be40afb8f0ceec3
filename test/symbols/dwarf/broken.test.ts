import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type DwarfInput, type DwarfSymbols, readDwarf } from '../../../sandbox/symbols/dwarf/dwarf.ts';
import type { FrameState, Type } from '../../../sandbox/symbols/model.ts';
import { FIXTURES, moduleBytes } from './fixtures.ts';
import { readModuleSections } from './moduleSections.ts';

const SECTIONS = [
  'info',
  'abbrev',
  'str',
  'line',
  'line_str',
  'ranges',
  'rnglists',
  'loc',
  'loclists',
  'addr',
  'str_offsets',
].map((name) => `.debug_${name}`);

/** Bytes changed in one try, and tries for each fixture. */
const CHANGES = 4;
const TRIES = 20;

for (const fixture of FIXTURES) {
  test(`${fixture} with random bytes changed is read without an exception, and soon`, () => {
    const module = readModuleSections(moduleBytes(fixture));
    const started = performance.now();
    for (let seed = 1; seed <= TRIES; seed++) {
      try {
        useEverything(mutated(module, seed));
      } catch (error) {
        assert.fail(`seed ${seed}: ${error instanceof Error ? error.stack : error}`);
      }
    }
    assert.ok(performance.now() - started < 20_000);
  });
}

test('sections cut short are read as far as they go', () => {
  const module = readModuleSections(moduleBytes('values.v5'));
  for (const name of SECTIONS) {
    const whole = module.customSection(name);
    if (whole === undefined) continue;
    for (const part of [0.1, 0.5, 0.9]) {
      const cut = whole.subarray(0, Math.floor(whole.length * part));
      const symbols = useEverything({
        ...module,
        customSection: (wanted) => (wanted === name ? cut : module.customSection(wanted)),
      });
      if (name === '.debug_line' || name === '.debug_abbrev') assert.ok((symbols?.problems.length ?? 0) > 0, name);
    }
  }
});

test('a broken unit does not take the others with it', () => {
  const module = readModuleSections(moduleBytes('units'));
  const info = module.customSection('.debug_info')?.slice();
  assert.ok(info);
  // The version of the first unit.
  info[4] = 99;
  const symbols = useEverything({
    ...module,
    customSection: (name) => (name === '.debug_info' ? info : module.customSection(name)),
  });
  assert.deepEqual(symbols?.problems, ['.debug_info+0x6: DWARF version 99 is not known']);
  assert.ok(symbols?.statements().length);
  assert.ok(symbols?.globals().some(({ name }) => name === 'hidden'));
});

test('a module without debug information has no symbols', () => {
  const module = readModuleSections(moduleBytes('units'));
  assert.equal(readDwarf({ ...module, customSection: () => undefined }), undefined);
});

function mutated(module: DwarfInput, seed: number): DwarfInput {
  const random = pseudoRandom(seed);
  const present = SECTIONS.filter((name) => (module.customSection(name)?.length ?? 0) > 0);
  const copies = new Map(present.map((name) => [name, module.customSection(name)?.slice() ?? new Uint8Array(0)]));
  for (let change = 0; change < CHANGES; change++) {
    const bytes = copies.get(present[random(present.length)] ?? '');
    if (bytes === undefined) continue;
    bytes[random(bytes.length)] = [0, 0xff, 0x7f, 0x80, random(256)][random(5)] ?? 0;
  }
  return { ...module, customSection: (name) => copies.get(name) };
}

/** Asks all that can be asked, as a debugger would. */
function useEverything(module: DwarfInput): DwarfSymbols | undefined {
  const symbols = readDwarf(module);
  if (symbols === undefined) return undefined;
  const memory = {
    size: 1 << 16,
    read: (address: number, length: number) => {
      assert.ok(address >= 0 && length >= 0 && length < 1 << 20);
      return new Uint8Array(length).fill(address & 0xff);
    },
  };
  for (const { functionIndex, offset } of symbols.statements().slice(0, 60)) {
    const frame: FrameState = { functionIndex, offset, memory, local: (index) => 1000 + index, global: () => 2000 };
    for (const { scopes } of symbols.frames(functionIndex, offset, false)) {
      for (const variable of scopes.flatMap(({ variables }) => variables)) explore(variable.read(frame).type, 3);
    }
  }
  const bare: FrameState = { functionIndex: -1, offset: 0, memory, local: () => undefined, global: () => undefined };
  for (const variable of symbols.globals()) explore(variable.read(bare).type, 3);
  for (const { index } of module.functions) {
    symbols.functionName(index);
    symbols.trackedLocals(index);
  }
  for (const name of ['Point', 'struct Node *', 'geometry::Square']) explore(symbols.typeNamed(name), 3);
  return symbols;
}

/** Aliases, arrays and anonymous members are looked through without a limit of depth, as renderers do. */
function explore(type: Type | undefined, depth: number): void {
  if (type === undefined || depth === 0) return;
  assert.equal(typeof type.name, 'string');
  assert.ok(type.size >= 0 && type.size <= 2 ** 32);
  if (type.kind === 'alias') explore(type.target, depth);
  if (type.kind === 'array') explore(type.element, depth);
  if (type.kind === 'pointer') explore(type.target, depth - 1);
  if (type.kind !== 'composite') return;
  for (const member of type.members) explore(member.type, member.name === '' ? depth : depth - 1);
}

function pseudoRandom(seed: number): (below: number) => number {
  let state = seed * 2654435761;
  return (below) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}
