/**
 * What every language's symbols look like to the debugger: sources, statements, functions, frames, scopes,
 * variables, types and values. Everything here is synchronous and free of the machine that runs the guest: a reader that
 * lacks a page throws `MissingMemory`, the caller fetches it and asks again. Lines and columns are 0-based.
 */
import type { CodeOffset } from '../wasm/offsets.ts';

/** All symbols of one module. Implementations load lazily: opening must not read the whole debug information. */
export interface Symbols {
  readonly syntax: Syntax;
  readonly sources: readonly Source[];
  /** Every place where a statement starts, sorted by offset, after each function's prologue; these become sites. */
  statements(): readonly Statement[];
  /** Name of a function as its language prints it, by wasm function index (imports counted). */
  functionName(functionIndex: number): string | undefined;
  /** Frames at an offset, innermost (inlined) first. `afterCall`: the offset is a return address, so look just before it. Empty when nothing is known. */
  frames(functionIndex: number, offset: CodeOffset, afterCall: boolean): readonly SourceFrame[];
  /** Variables that live as long as the module does. */
  globals(): readonly Variable[];
  /** Wasm locals of a function that variables need: they are kept in its shadow frame. */
  trackedLocals(functionIndex: number): readonly number[];
  /** A type by its name in the source language, for casts and `sizeof`. */
  typeNamed(name: string): Type | undefined;
  /** The enumeration that gives a name to a value without its own: C's `RED`. Left out where the language has no such thing. */
  enumerationOf?(enumerator: string): Type | undefined;
}

/** Which operators and literals an expression may use. */
export type Syntax = 'c' | 'assemblyscript' | 'wat';

export interface Source {
  /** Absolute path where the compiler saw it, or a made-up name when `content` is the only copy. Always `/` between parts; a drive letter is upper case. */
  readonly path: string;
  /** The text, where the debug information (or we) carry it. */
  readonly content?: string;
  /** True for sources that belong to the toolchain (libc, the AssemblyScript standard library): stepping passes over them. */
  readonly library: boolean;
}

export interface Statement {
  readonly offset: CodeOffset;
  readonly functionIndex: number;
  /** Index into `Symbols.sources`. */
  readonly source: number;
  readonly line: number;
  readonly column: number;
}

export interface SourceFrame {
  readonly name: string;
  readonly inlined: boolean;
  readonly location: SourceLocation | undefined;
  /** Innermost first, the function's own scope (with its parameters) last. */
  readonly scopes: readonly Scope[];
}

export interface SourceLocation {
  /** Index into `Symbols.sources`. */
  readonly source: number;
  readonly line: number;
  readonly column: number;
}

export interface Scope {
  readonly kind: 'block' | 'locals' | 'arguments';
  readonly variables: readonly Variable[];
}

export interface Variable {
  readonly name: string;
  readonly type: Type;
  /** Where the value is in a given frame. Never throws but `MissingMemory`: what cannot be had is `unavailable`. */
  read(frame: FrameState): Value;
}

/** What a stopped frame can tell. */
export interface FrameState {
  readonly functionIndex: number;
  readonly offset: CodeOffset;
  readonly memory: Memory;
  /** Value of a wasm local in THIS frame: number for i32, f32 and f64 (i32 as signed), bigint for i64, bytes for v128; undefined when it was not tracked. */
  local(index: number): number | bigint | Uint8Array | undefined;
  global(index: number): number | bigint | undefined;
}

export interface Memory {
  /** Size in bytes now. */
  readonly size: number;
  /**
   * Exactly `length` bytes at `address`.
   * @throws {OutOfBounds} past the end of memory
   * @throws {MissingMemory} not fetched yet: fetch and ask again
   */
  read(address: number, length: number): Uint8Array;
}

/** Thrown through synchronous readers when bytes are not at hand. Only whoever owns the cache catches it. */
export class MissingMemory extends Error {
  readonly address: number;
  readonly length: number;
  constructor(address: number, length: number) {
    super(`memory at ${address} is not fetched`);
    this.address = address;
    this.length = length;
  }
}

export class OutOfBounds extends Error {
  readonly address: number;
  readonly length: number;
  constructor(address: number, length: number) {
    super(`0x${address.toString(16)} + ${length} bytes is outside the guest's memory`);
    this.address = address;
    this.length = length;
  }
}

/** Types may be recursive: members and targets are getters that resolve on first use. `size` is in bytes. */
export type Type = BaseType | PointerType | CompositeType | ArrayType | EnumType | FunctionType | AliasType;

export interface BaseType {
  readonly kind: 'base';
  readonly name: string;
  readonly size: number;
  readonly encoding: 'signed' | 'unsigned' | 'float' | 'boolean' | 'character' | 'void' | 'reference';
}

export interface PointerType {
  readonly kind: 'pointer';
  readonly name: string;
  readonly size: number;
  /** `managed`: an AssemblyScript object reference, dereferenced by itself; `reference`: a C++ reference. */
  readonly flavour: 'pointer' | 'reference' | 'managed';
  readonly target: Type;
}

export interface CompositeType {
  readonly kind: 'composite';
  readonly name: string;
  readonly size: number;
  readonly flavour: 'struct' | 'union' | 'class';
  readonly members: readonly Member[];
  /** Which formatter in the render table shows it (`assemblyscript/string`, `assemblyscript/array`, …); undefined: member by member. */
  readonly formatter?: string;
  /** What the formatter needs: element, key and value types, in its own order. */
  readonly parameters?: readonly Type[];
  /** Where objects carry their own class: what the one at an address really is. Undefined: no better than this type. */
  readonly runtimeType?: (address: number, memory: Memory) => CompositeType | undefined;
}

export interface Member {
  /** Empty for an anonymous struct or union, whose members show as the parent's own. */
  readonly name: string;
  readonly type: Type;
  /** Bytes from the start of the composite. */
  readonly offset: number;
  /** For a bit-field: bits from the start of the byte at `offset`, little-endian, and width in bits. */
  readonly bits?: { readonly offset: number; readonly size: number };
  /** A base class: shown as its type's name. */
  readonly base?: boolean;
}

export interface ArrayType {
  readonly kind: 'array';
  readonly name: string;
  readonly size: number;
  readonly element: Type;
  /** undefined: length unknown (`int a[]`). */
  readonly count: number | undefined;
}

export interface EnumType {
  readonly kind: 'enum';
  readonly name: string;
  readonly size: number;
  readonly signed: boolean;
  readonly enumerators: readonly { readonly name: string; readonly value: bigint }[];
}

export interface FunctionType {
  readonly kind: 'function';
  readonly name: string;
  readonly size: 0;
}

/** typedef, const, volatile, restrict, atomic: another name for `target`. */
export interface AliasType {
  readonly kind: 'alias';
  readonly name: string;
  readonly size: number;
  readonly target: Type;
}

export interface Value {
  readonly type: Type;
  readonly place: Place;
}

export type Place =
  | {
      readonly kind: 'memory';
      readonly address: number;
      readonly bits?: { readonly offset: number; readonly size: number };
    }
  /** Not in memory (a wasm local, a computed result): its little-endian bytes, `type.size` of them. */
  | {
      readonly kind: 'bytes';
      readonly bytes: Uint8Array;
      readonly bits?: { readonly offset: number; readonly size: number };
    }
  /** Text for the user, without brackets: `optimized out`, `not in this frame`. */
  | { readonly kind: 'unavailable'; readonly reason: string };
