/**
 * Map and Set of the AssemblyScript standard library (std/assembly/map.ts, set.ts): entries lie in insertion order in one
 * buffer, deleted ones stay there with bit 0 of `taggedNext` set. Offsets of the fields, in bytes: entries 8,
 * entriesCapacity 12, entriesOffset 16 (entries used, deleted ones too), entriesCount 20.
 */
import type { Child, Contents } from '../contents.ts';
import type { Formatter, FormatterTools } from '../formatters.ts';
import type { Memory, Type, Value } from '../model.ts';
import { addressIn, concrete, hexadecimal, readMemory, scalarOf, Unreadable, valueAt } from '../values.ts';
import { addressOfObject, checkedLength, parameter, stringText } from './objects.ts';

export const mapFormatter: Formatter = {
  contents: mapContents,
  length: (value, memory) => tableOf(value, memory, entryOfMap(value)).count,
  text(value, tools) {
    const parts = (child: Child) => `${tools.summary(child.key ?? child.value)} => ${tools.summary(child.value)}`;
    return listed(`Map`, mapContents(value, tools.memory), tools, parts);
  },
};

export const setFormatter: Formatter = {
  contents: setContents,
  length: (value, memory) => tableOf(value, memory, entryOfSet(value)).count,
  text: (value, tools) => listed('Set', setContents(value, tools.memory), tools, (child) => tools.summary(child.value)),
};

interface Entry {
  readonly key: Type;
  /** undefined for sets. */
  readonly value: Type | undefined;
  /** Bytes from the start of the entry. */
  readonly valueOffset: number;
  readonly nextOffset: number;
  readonly size: number;
}

interface Table {
  readonly count: number;
  readonly entries: number;
  /** Places of the live entries among all, in insertion order; undefined when all of them live. */
  readonly live: readonly number[] | undefined;
}

const pointerSize = 4;

function entryOfMap(value: Value): Entry {
  const key = parameter(value, 0);
  const mapped = parameter(value, 1);
  const valueOffset = align(key.size, mapped.size);
  return layout(key, mapped, valueOffset, Math.max(key.size, mapped.size));
}

function entryOfSet(value: Value): Entry {
  const key = parameter(value, 0);
  return layout(key, undefined, key.size, key.size);
}

function layout(key: Type, value: Type | undefined, valueOffset: number, widest: number): Entry {
  const nextOffset = align(valueOffset + (value?.size ?? 0), pointerSize);
  const size = align(nextOffset + pointerSize, Math.max(widest, pointerSize));
  return { key, value, valueOffset, nextOffset, size };
}

function tableOf(value: Value, memory: Memory, entry: Entry): Table {
  const address = addressOfObject(value);
  const fields = readMemory(memory, address, 24);
  const view = new DataView(fields.buffer, fields.byteOffset, fields.byteLength);
  const entries = view.getUint32(8, true);
  const capacity = view.getInt32(12, true);
  const used = view.getInt32(16, true);
  const count = view.getInt32(20, true);
  checkedLength(used, used * entry.size, entries, memory);
  if (used > capacity || count < 0 || count > used) throw new Unreadable(`invalid length ${count}`);
  return { count, entries, live: count === used ? undefined : livePlaces(memory, entries, used, entry) };
}

function livePlaces(memory: Memory, entries: number, used: number, entry: Entry): readonly number[] {
  const bytes = readMemory(memory, entries, used * entry.size);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const live: number[] = [];
  for (let place = 0; place < used; place++) {
    const next = view.getUint32(place * entry.size + entry.nextOffset, true);
    if ((next & 1) === 0) live.push(place);
  }
  return live;
}

function mapContents(value: Value, memory: Memory): Contents {
  const entry = entryOfMap(value);
  return entriesOf(tableOf(value, memory, entry), entry, (address) => {
    const key = valueAt(entry.key, address);
    return {
      name: `[${keyText(key, memory)}]`,
      key,
      value: valueAt(entry.value ?? entry.key, address + entry.valueOffset),
    };
  });
}

function setContents(value: Value, memory: Memory): Contents {
  const entry = entryOfSet(value);
  return entriesOf(tableOf(value, memory, entry), entry, (address, index) => {
    return { name: `[${index}]`, value: valueAt(entry.key, address) };
  });
}

function entriesOf(table: Table, entry: Entry, child: (address: number, index: number) => Child): Contents {
  const indexed = table.live?.length ?? table.count;
  return {
    named: [],
    indexed,
    slice: (start, count) =>
      Array.from({ length: Math.max(0, Math.min(count, indexed - start)) }, (_, step) => {
        const index = start + step;
        return child(table.entries + (table.live?.[index] ?? index) * entry.size, index);
      }),
  };
}

function keyText(key: Value, memory: Memory): string {
  try {
    return readableKey(key, memory);
  } catch (error) {
    if (error instanceof Unreadable) return `<${error.message}>`;
    throw error;
  }
}

/** A key as an expression would write it. */
function readableKey(key: Value, memory: Memory): string {
  const type = concrete(key.type);
  if (type.kind !== 'pointer') return String(scalarOf(key, memory) ?? '?');
  const address = addressIn(key, memory);
  const target = concrete(type.target);
  if (address === 0) return 'null';
  const isString = target.kind === 'composite' && target.formatter === 'assemblyscript/string';
  return isString ? stringText(memory, address) : hexadecimal(address);
}

function listed(name: string, contents: Contents, tools: FormatterTools, part: (child: Child) => string): string {
  const parts = function* () {
    for (let index = 0; index < contents.indexed; index++) yield* contents.slice(index, 1).map(part);
  };
  return `${name}(${contents.indexed}) ${tools.list(parts(), '{}')}`;
}

function align(offset: number, to: number): number {
  return Math.ceil(offset / to) * to;
}
