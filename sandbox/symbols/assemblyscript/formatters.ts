/**
 * Objects of the AssemblyScript standard library, read from the layouts of its runtime (std/assembly, rt/common.ts).
 * Every object has a header before it: runtime id at -8, size in bytes at -4. A value here is placed AT the object.
 */
import type { Contents } from '../contents.ts';
import { elements, noContents } from '../contents.ts';
import type { Formatter } from '../formatters.ts';
import type { Memory, Value } from '../model.ts';
import { readU32, valueAt } from '../values.ts';
import { mapFormatter, setFormatter } from './hashTables.ts';
import { addressOfObject, checkedLength, parameter, sizeOfObject, stringCharacters, stringText } from './objects.ts';

const string: Formatter = {
  text: (value, { memory }) => stringText(memory, addressOfObject(value)),
  contents: () => noContents,
  length: (value, memory) => sizeOfObject(memory, addressOfObject(value)) >>> 1,
  characters: (value, memory) => stringCharacters(memory, addressOfObject(value)),
};

/** Array<T>: buffer, dataStart, byteLength, length. */
const array = sequence((value, memory) => {
  const address = addressOfObject(value);
  return { start: readU32(memory, address + 4), length: readU32(memory, address + 12) | 0 };
});

/** The elements themselves are the object. */
const staticArray = sequence((value, memory, elementSize) => {
  const start = addressOfObject(value);
  return { start, length: Math.floor(sizeOfObject(memory, start) / elementSize) };
});

/** Typed arrays and DataView: buffer, dataStart, byteLength. */
const view = sequence((value, memory, elementSize) => {
  const address = addressOfObject(value);
  const bytes = readU32(memory, address + 8);
  return { start: readU32(memory, address + 4), length: Math.floor(bytes / elementSize) };
});

const functionReference: Formatter = {
  text(value, tools) {
    const index = readU32(tools.memory, addressOfObject(value));
    return `function ${tools.functionName(index) ?? index}`;
  },
  contents: () => noContents,
};

export const assemblyScriptFormatters: Readonly<Record<string, Formatter>> = {
  'assemblyscript/string': string,
  'assemblyscript/array': array,
  'assemblyscript/staticArray': staticArray,
  'assemblyscript/view': view,
  'assemblyscript/map': mapFormatter,
  'assemblyscript/set': setFormatter,
  'assemblyscript/function': functionReference,
};

interface Extent {
  /** Address of the first element. */
  readonly start: number;
  /** In elements. */
  readonly length: number;
}

function sequence(extentOf: (value: Value, memory: Memory, elementSize: number) => Extent): Formatter {
  const checked = (value: Value, memory: Memory): Extent => {
    const size = Math.max(1, parameter(value, 0).size);
    const { start, length } = extentOf(value, memory, size);
    return { start, length: checkedLength(length, length * size, start, memory) };
  };
  const contents = (value: Value, memory: Memory): Contents => {
    const element = parameter(value, 0);
    const { start, length } = checked(value, memory);
    return elements(length, (index) => valueAt(element, start + index * element.size));
  };
  return {
    contents,
    length: (value, memory) => checked(value, memory).length,
    text(value, tools) {
      const { indexed, slice } = contents(value, tools.memory);
      const parts = function* () {
        for (let index = 0; index < indexed; index++) {
          for (const child of slice(index, 1)) yield tools.summary(child.value);
        }
      };
      return `(${indexed}) ${tools.list(parts(), '[]')}`;
    },
  };
}
