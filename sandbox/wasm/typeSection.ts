/**
 * The type section: function, struct and array types, with recursive groups flattened into the index space they
 * define.
 */
import type { ByteReader } from './byteReader.ts';
import { LIMITS } from './limits.ts';
import type { Field, TypeDefinition } from './module.ts';
import { readStorageType, readValueType, type ValueType } from './valueType.ts';

const REC = 0x4e;
const SUB = 0x50;
const SUB_FINAL = 0x4f;
const FUNC = 0x60;
const STRUCT = 0x5f;
const ARRAY = 0x5e;

export function readTypes(reader: ByteReader): TypeDefinition[] {
  const types: TypeDefinition[] = [];
  const at = reader.position;
  const count = reader.count('types', LIMITS.types);
  for (let i = 0; i < count; i++) {
    if (reader.peek() !== REC) {
      types.push(readSubType(reader));
      continue;
    }
    reader.u8();
    const members = reader.count('types of a group', LIMITS.types);
    if (types.length + members > LIMITS.types) reader.fail(`more than the ${LIMITS.types} types that can run`, at);
    for (let k = 0; k < members; k++) types.push(readSubType(reader));
  }
  return types;
}

function readSubType(reader: ByteReader): TypeDefinition {
  const form = reader.peek();
  if (form === SUB || form === SUB_FINAL) {
    reader.u8();
    const supertypes = reader.count('supertypes');
    for (let i = 0; i < supertypes; i++) reader.u32();
  }
  return readCompositeType(reader);
}

function readCompositeType(reader: ByteReader): TypeDefinition {
  const at = reader.position;
  switch (reader.u8()) {
    case FUNC:
      return {
        kind: 'func',
        params: readList(reader, 'parameters', LIMITS.params),
        results: readList(reader, 'results', LIMITS.results),
      };
    case STRUCT: {
      const count = reader.count('fields', LIMITS.structFields);
      const fields: Field[] = [];
      for (let i = 0; i < count; i++) fields.push(readField(reader));
      return { kind: 'struct', fields };
    }
    case ARRAY:
      return { kind: 'array', element: readField(reader) };
    default:
      return reader.fail('unknown kind of type', at);
  }
}

function readField(reader: ByteReader): Field {
  const type = readStorageType(reader);
  const mutability = reader.u8();
  if (mutability > 1) reader.fail('unknown mutability', reader.position - 1);
  return { type, mutable: mutability === 1 };
}

function readList(reader: ByteReader, what: string, most: number): ValueType[] {
  const count = reader.count(what, most);
  const types: ValueType[] = [];
  for (let i = 0; i < count; i++) types.push(readValueType(reader));
  return types;
}
