/**
 * Values as text, the way the language prints them: one line, capped, whatever garbage the memory holds. What cannot be
 * read becomes text between angle brackets; only `MissingMemory` gets out.
 */
import { contentsOf, elementValue, readableContents, referenced } from './children.ts';
import type { Child } from './contents.ts';
import type { FormatterTools } from './formatters.ts';
import { formatterOf } from './formatters.ts';
import type { ArrayType, BaseType, EnumType, Memory, PointerType, Type, Value } from './model.ts';
import { cString, longestText, quoted, quotedByte, quotedBytes, quotedCharacter, wideText } from './text.ts';
import type { Scalar } from './values.ts';
import { addressIn, bytesOf, concrete, hexadecimal, isCharacter, readMemory, scalarOf, Unreadable } from './values.ts';

export { children } from './children.ts';

export interface Rendered {
  readonly text: string;
  readonly type: string;
  /** How many children have names, and how many numbers. */
  readonly named: number;
  readonly indexed: number;
  /** Where a memory view should open: what a pointer points at, else the value's own place. */
  readonly address?: number;
}

export interface RenderOptions {
  /** Integers in hexadecimal. */
  readonly hex?: boolean;
  /** Name of the function at an index of the guest's table, for function pointers. */
  readonly functionNameOf?: (tableIndex: number) => string | undefined;
}

/** @throws {MissingMemory} and nothing else */
export function render(value: Value, memory: Memory, options: RenderOptions = {}): Rendered {
  const renderer = new Renderer(memory, options);
  const text = renderer.text(value, 0);
  const contents = readableContents(value, memory);
  const address = addressOf(value, memory);
  return {
    text,
    type: typeName(value, memory),
    named: contents.named.length,
    indexed: contents.indexed,
    ...(address === undefined ? {} : { address }),
  };
}

/** A floating-point number with the fewest digits that read back as itself. */
export function floatText(number: number, size: number): string {
  if (Number.isNaN(number)) return 'nan';
  if (!Number.isFinite(number)) return number < 0 ? '-inf' : 'inf';
  if (Object.is(number, -0)) return '-0';
  if (size !== 4) return String(number);
  for (let digits = 1; digits < 9; digits++) {
    const short = Number(number.toPrecision(digits));
    if (Math.fround(short) === number) return String(short);
  }
  return String(Number(number.toPrecision(9)));
}

/** Characters a summary may take, by depth; the first part may overshoot. */
const longestSummary = [80, 40, 20];
/** Structs within structs that a summary opens. */
const deepestSummary = 3;
/** More distinct bits than any enumeration of flags has. */
const mostFlags = 64;

class Renderer {
  readonly #memory: Memory;
  readonly #options: RenderOptions;

  constructor(memory: Memory, options: RenderOptions) {
    this.#memory = memory;
    this.#options = options;
  }

  text(value: Value, depth: number): string {
    try {
      return this.#text(value, depth);
    } catch (error) {
      if (error instanceof Unreadable) return `<${error.message}>`;
      throw error;
    }
  }

  #text(value: Value, depth: number): string {
    const type = concrete(value.type);
    if (value.place.kind === 'unavailable') throw new Unreadable(value.place.reason);
    switch (type.kind) {
      case 'base':
        return this.#base(type, value);
      case 'pointer':
        return this.#pointer(type, value, depth);
      case 'enum':
        return enumText(type, scalarOf(value, this.#memory), this.#options.hex);
      case 'array':
        return this.#array(type, value, depth);
      case 'composite': {
        const formatter = formatterOf(type);
        if (formatter) return formatter.text(value, this.#tools(depth));
        return list(this.#parts(contentsOf(value, this.#memory).named, depth), '{}', depth);
      }
      case 'function':
        return type.name;
    }
  }

  #base(type: BaseType, value: Value): string {
    const scalar = scalarOf(value, this.#memory);
    if (scalar === undefined) return 'void';
    if (type.encoding === 'boolean') return booleanText(scalar);
    if (type.encoding === 'reference') return scalar === 0n ? 'null' : hexadecimal(scalar);
    if (typeof scalar === 'number') return floatText(scalar, type.size);
    const number = this.#options.hex ? bitPattern(value, scalar) : String(scalar);
    if (!isCharacter(value.type)) return number;
    const character = type.size === 1 ? quotedByte(Number(scalar & 0xffn)) : quotedCharacter(Number(scalar));
    return `${character} (${number})`;
  }

  #pointer(type: PointerType, value: Value, depth: number): string {
    if (type.flavour !== 'pointer') {
      const object = referenced(type, value, this.#memory);
      if (!object) return 'null';
      return depth > deepestSummary ? '{…}' : this.#text(object, depth);
    }
    const address = addressIn(value, this.#memory);
    const text = hexadecimal(address);
    const target = concrete(type.target);
    if (target.kind === 'function') {
      const name = this.#options.functionNameOf?.(address);
      return name === undefined ? text : `${text} (${name})`;
    }
    if (address !== 0 && target.kind === 'composite' && depth === 0) {
      const summary = this.text({ type: type.target, place: { kind: 'memory', address } }, 1);
      return summary.startsWith('<') || summary === '{}' ? text : `${text} ${summary}`;
    }
    if (address === 0 || !isCharacter(type.target) || type.target.size !== 1) return text;
    return `${text} ${this.#pointedText(address)}`;
  }

  /** A bad pointer to text is still a good pointer. */
  #pointedText(address: number): string {
    try {
      return cString(this.#memory, address);
    } catch (error) {
      if (error instanceof Unreadable) return `<${error.message}>`;
      throw error;
    }
  }

  #array(type: ArrayType, value: Value, depth: number): string {
    if (type.count === undefined) return '{…}';
    if (isCharacter(type.element)) return this.#characters(type, value, type.count);
    if (depth >= deepestSummary) return type.count ? '{…}' : '{}';
    return list(this.#elements(type, value, depth), '{}', depth);
  }

  *#elements(type: ArrayType, value: Value, depth: number): Generator<string> {
    for (let index = 0; index < (type.count ?? 0); index++) {
      yield this.text(elementValue(type, value, index), depth + 1);
    }
  }

  #characters(type: ArrayType, value: Value, count: number): string {
    const unit = type.element.size;
    const shown = Math.min(count, longestText);
    const { place } = value;
    const bytes =
      place.kind === 'memory'
        ? readMemory(this.#memory, place.address, shown * unit)
        : bytesOf(value, this.#memory).subarray(0, shown * unit);
    if (unit === 1) {
      const end = isText(type.element) ? bytes.indexOf(0) : endOfData(bytes);
      return quotedBytes(end < 0 ? bytes : bytes.subarray(0, end), end < 0 && shown < count);
    }
    const text = wideText(bytes, unit === 2 ? 2 : 4);
    const end = text.indexOf('\0');
    return quoted(end < 0 ? text : text.slice(0, end), end < 0 && shown < count);
  }

  *#parts(members: readonly Child[], depth: number): Generator<string> {
    for (const member of members) {
      const text = depth >= deepestSummary && isNested(member.value) ? '{…}' : this.text(member.value, depth + 1);
      yield `${member.name} = ${text}`;
    }
  }

  #tools(depth: number): FormatterTools {
    return {
      memory: this.#memory,
      summary: (value) => (depth >= deepestSummary && isNested(value) ? '…' : this.text(value, depth + 1)),
      list: (parts, brackets) => list(parts, brackets, depth),
      functionName: (index) => this.#options.functionNameOf?.(index),
    };
  }
}

/** `char` is for text, which ends at its first zero; `unsigned char` and `uint8_t` hold bytes, zeros among them. */
function isText(element: Type): boolean {
  const { name } = concrete(element);
  return name !== 'unsigned char' && name !== 'signed char';
}

/** Where only zeros follow; -1: there are none at the end. */
function endOfData(bytes: Uint8Array): number {
  const last = bytes.findLastIndex((byte) => byte !== 0);
  return last === bytes.length - 1 ? -1 : last + 1;
}

/** Parts between brackets, as many as fit. */
function list(parts: Iterable<string>, brackets: '{}' | '[]', depth: number): string {
  const longest = longestSummary[depth] ?? 0;
  let text = '';
  for (const part of parts) {
    if (text !== '' && text.length + part.length > longest) {
      text += ', …';
      break;
    }
    text += text === '' ? part : `, ${part}`;
  }
  return `${brackets[0]}${text}${brackets[1]}`;
}

function isNested(value: Value): boolean {
  const type = concrete(value.type);
  return type.kind === 'composite' || type.kind === 'array' || (type.kind === 'pointer' && type.flavour !== 'pointer');
}

/** Hexadecimal is asked for to see bits, so a negative number shows its own. */
function bitPattern({ type, place }: Value, scalar: bigint): string {
  const bits = place.kind === 'unavailable' ? undefined : place.bits;
  return hexadecimal(BigInt.asUintN(bits?.size ?? type.size * 8, scalar));
}

function booleanText(scalar: Scalar): string {
  return scalar === 0n ? 'false' : scalar === 1n ? 'true' : `true (${scalar})`;
}

function enumText(type: EnumType, scalar: Scalar | undefined, hex: boolean | undefined): string {
  if (typeof scalar !== 'bigint') return '';
  const mask = (value: bigint) => BigInt.asUintN(type.size * 8, value);
  const exact = type.enumerators.find((enumerator) => mask(enumerator.value) === mask(scalar));
  if (exact) return exact.name;
  const flags = scalar > 0n ? flagNames(type, mask(scalar)) : undefined;
  return flags?.join(' | ') ?? (hex ? hexadecimal(scalar) : String(scalar));
}

/** Names of the single bits that make up a value; undefined when one has no name. */
function flagNames(type: EnumType, value: bigint): readonly string[] | undefined {
  const names: string[] = [];
  let rest = value;
  for (const { name, value: flag } of type.enumerators) {
    if (flag <= 0n || (flag & (flag - 1n)) !== 0n || (rest & flag) === 0n) continue;
    names.push(name);
    rest &= ~flag;
    if (names.length > mostFlags) return undefined;
  }
  return rest === 0n && names.length > 0 ? names : undefined;
}

function typeName(value: Value, memory: Memory): string {
  const type = concrete(value.type);
  if (type.kind !== 'pointer' || type.flavour !== 'managed') return value.type.name;
  const object = attempt(() => referenced(type, value, memory));
  return object && object.type !== type.target ? object.type.name : value.type.name;
}

function addressOf(value: Value, memory: Memory): number | undefined {
  const type = concrete(value.type);
  if (type.kind === 'pointer') {
    const address = concrete(type.target).kind === 'function' ? 0 : attempt(() => addressIn(value, memory));
    if (address !== 0) return address;
    return undefined;
  }
  return value.place.kind === 'memory' ? value.place.address : undefined;
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof Unreadable) return undefined;
    throw error;
  }
}
