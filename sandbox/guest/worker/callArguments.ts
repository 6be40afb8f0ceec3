/** Arguments of an exported function, from numbers or text to what its WebAssembly type takes; nothing is silently cut or rounded to another integer. */
import type { ValueType } from '../../wasm/valueType.ts';

export type CallArguments =
  | { readonly kind: 'values'; readonly values: readonly (number | bigint)[] }
  | { readonly kind: 'refused'; readonly message: string };

export function callArguments(
  name: string,
  params: readonly ValueType[],
  given: readonly (number | string)[],
): CallArguments {
  if (given.length !== params.length)
    return refused(`${name} takes ${count(params.length)} (${params.join(', ')}), but got ${given.length}.`);
  const values: (number | bigint)[] = [];
  for (const [index, type] of params.entries()) {
    const value = convert(type, given[index] ?? '');
    if (value === undefined) return refused(wrong(name, index, type, given[index] ?? ''));
    values.push(value);
  }
  return { kind: 'values', values };
}

function convert(type: ValueType, given: number | string): number | bigint | undefined {
  switch (type) {
    case 'i32': {
      const value = integer(given, 32n);
      return value === undefined ? undefined : Number(BigInt.asIntN(32, value));
    }
    case 'i64':
      return integer(given, 64n);
    case 'f32':
    case 'f64':
      return float(given);
    default:
      return undefined;
  }
}

/** Signed or unsigned, decimal or `0x` hexadecimal; undefined when it does not fit. */
function integer(given: number | string, bits: bigint): bigint | undefined {
  const text = String(given).trim().replaceAll('_', '');
  const match = /^([+-]?)(\d+|0x[0-9a-f]+)$/i.exec(text);
  if (match?.[2] === undefined) return undefined;
  const value = match[1] === '-' ? -BigInt(match[2]) : BigInt(match[2]);
  return value >= -(1n << (bits - 1n)) && value < 1n << bits ? value : undefined;
}

function float(given: number | string): number | undefined {
  if (typeof given === 'number') return given;
  const text = given.trim();
  if (/^[+-]?(nan|inf(inity)?)$/i.test(text)) return special(text);
  const value = text === '' ? Number.NaN : Number(text);
  return Number.isNaN(value) ? undefined : value;
}

function special(text: string): number {
  if (/nan$/i.test(text)) return Number.NaN;
  return text.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}

function wrong(name: string, index: number, type: ValueType, given: number | string): string {
  const which = `Argument ${index + 1} of ${name}`;
  if (type === 'i32' || type === 'i64') return `${which} has to be an integer of ${type.slice(1)} bits, not ${given}.`;
  if (type === 'f32' || type === 'f64') return `${which} has to be a number, not ${given}.`;
  return `${which} has the type ${type}, which cannot be passed from outside.`;
}

function count(length: number): string {
  return length === 1 ? '1 argument' : `${length} arguments`;
}

function refused(message: string): CallArguments {
  return { kind: 'refused', message };
}
