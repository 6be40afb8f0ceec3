/**
 * Location expressions (DWARF 5 §2.5, §2.6): where a variable is, or what it is, in a given frame. What cannot be
 * had with certainty throws `Unavailable`; nothing is guessed.
 */
import type { ValueType } from '../../wasm/valueType.ts';
import type { FrameState } from '../model.ts';
import { OperandStack, popAddress, runStackOperation } from './arithmetic.ts';
import { Attribute, Encoding, isDead, Op } from './constants.ts';
import { Cursor, createSection } from './cursor.ts';
import {
  constant,
  convert,
  floatBits,
  fromBytes,
  GENERIC_BITS,
  generic,
  integer,
  type Operand,
  reinterpret,
} from './operand.ts';
import { NOT_TRACKED, OPTIMIZED_OUT, Unavailable } from './unavailable.ts';
import type { Unit } from './unit.ts';

/** What an expression may look at. */
export interface Machine {
  readonly frame: FrameState;
  readonly unit: Unit;
  /** Base of the frame's memory. @throws {Unavailable} */
  frameBase(): number;
  /** WebAssembly type of a local of this frame. */
  localType(local: number): ValueType | undefined;
}

export type Location =
  | { readonly kind: 'memory'; readonly address: number }
  | { readonly kind: 'value'; readonly operand: Operand }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'pieces'; readonly pieces: readonly Piece[] };

export interface Piece {
  /** Bytes. */
  readonly size: number;
  readonly location: Exclude<Location, { kind: 'pieces' }>;
}

/** A loop of jumps may be legal; this many steps are not. */
const MOST_STEPS = 10_000;

/** @throws {Unavailable} @throws {DwarfError} */
export function evaluate(expression: Uint8Array, machine: Machine): Location {
  const evaluation = new Evaluation(new Cursor(createSection('location expression', expression)), machine);
  return evaluation.run();
}

/** A plain local that holds the value, without looking at any frame: which one it is. */
export function* localsOf(expression: Uint8Array): Iterable<number> {
  // A scan for the operation's byte may find it inside an operand: a local too many does no harm.
  for (let place = 0; place + 2 < expression.length; place++) {
    if (expression[place] !== Op.wasmLocation || expression[place + 1] !== WasmPlace.local) continue;
    const cursor = new Cursor(createSection('location expression', expression), place + 2);
    const local = lenientLeb(cursor);
    if (local !== undefined) yield local;
  }
}

function lenientLeb(cursor: Cursor): number | undefined {
  let value = 0;
  for (let scale = 1; !cursor.done && scale < 2 ** 32; scale *= 128) {
    const byte = cursor.u8();
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) return value;
  }
  return undefined;
}

/** First operand of DW_OP_WASM_location; 3 is a global whose index takes four bytes. */
const WasmPlace = { local: 0, global: 1, operandStack: 2, wideGlobal: 3 } as const;

class Evaluation {
  readonly #cursor: Cursor;
  readonly #machine: Machine;
  readonly #stack = new OperandStack();
  readonly #pieces: Piece[] = [];
  /** How the top of the stack is meant: an address, the value itself, or bytes that stand in for it. */
  #result: 'address' | 'value' | Uint8Array = 'address';

  constructor(cursor: Cursor, machine: Machine) {
    this.#cursor = cursor;
    this.#machine = machine;
  }

  run(): Location {
    for (let steps = 0; !this.#cursor.done; steps++) {
      if (steps > MOST_STEPS) throw new Unavailable('its location expression does not end');
      this.#step(this.#cursor.u8());
    }
    return this.#pieces.length > 0 ? { kind: 'pieces', pieces: this.#pieces } : this.#take();
  }

  #step(opcode: number): void {
    const literal = this.#constant(opcode);
    if (literal !== undefined) {
      this.#stack.push(literal);
      this.#result = 'address';
    } else if (runStackOperation(opcode, this.#stack)) {
      if (opcode !== Op.nop) this.#result = 'address';
    } else this.#control(opcode);
  }

  #constant(opcode: number): Operand | undefined {
    const cursor = this.#cursor;
    if (opcode >= Op.lit0 && opcode <= Op.lit31) return constant(BigInt(opcode - Op.lit0));
    switch (opcode) {
      case Op.const1u:
        return constant(BigInt(cursor.u8()));
      case Op.const1s:
        return constant(BigInt.asIntN(8, BigInt(cursor.u8())));
      case Op.const2u:
        return constant(BigInt(cursor.u16()));
      case Op.const2s:
        return constant(BigInt.asIntN(16, BigInt(cursor.u16())));
      case Op.const4u:
        return constant(BigInt(cursor.u32()));
      case Op.const4s:
        return constant(BigInt.asIntN(32, BigInt(cursor.u32())));
      case Op.const8u:
        return constant(cursor.u64());
      case Op.const8s:
        return constant(BigInt.asIntN(64, cursor.u64()));
      case Op.constu:
        return constant(cursor.ulebBig());
      case Op.consts:
        return constant(cursor.slebBig());
      default:
        return this.#address(opcode);
    }
  }

  #address(opcode: number): Operand | undefined {
    const { unit } = this.#machine;
    switch (opcode) {
      case Op.addr:
        return liveAddress(this.#cursor.address(unit.addressSize));
      case Op.addrx:
      case Op.gnuAddrIndex:
        return liveAddress(unit.indexedAddress(this.#cursor.uleb()));
      case Op.constx:
      case Op.gnuConstIndex:
        return constant(BigInt(unit.indexedAddress(this.#cursor.uleb())));
      case Op.fbreg:
        return generic(BigInt(this.#machine.frameBase()) + this.#cursor.slebBig());
      default:
        return undefined;
    }
  }

  #control(opcode: number): void {
    const cursor = this.#cursor;
    switch (opcode) {
      case Op.plusUconst:
        this.#stack.push(constant(cursor.ulebBig()));
        runStackOperation(Op.plus, this.#stack);
        this.#result = 'address';
        return;
      case Op.pick:
        this.#stack.push(this.#stack.peek(cursor.u8()));
        return;
      case Op.bra: {
        const jump = BigInt.asIntN(16, BigInt(cursor.u16()));
        if (integer(this.#stack.pop()) !== 0n) this.#jump(Number(jump));
        return;
      }
      case Op.skip:
        this.#jump(Number(BigInt.asIntN(16, BigInt(cursor.u16()))));
        return;
      case Op.deref:
        this.#dereference(GENERIC_BITS / 8);
        return;
      case Op.derefSize:
        this.#dereference(cursor.u8());
        return;
      default:
        this.#place(opcode);
    }
  }

  #place(opcode: number): void {
    const cursor = this.#cursor;
    switch (opcode) {
      case Op.stackValue:
        this.#result = 'value';
        return;
      case Op.implicitValue:
        this.#result = cursor.bytes(cursor.uleb());
        return;
      case Op.wasmLocation:
        // LLVM adds DW_OP_stack_value where the local is the variable; without it the local holds its address.
        this.#stack.push(this.#wasmLocation());
        this.#result = 'address';
        return;
      case Op.piece: {
        const size = cursor.uleb();
        this.#pieces.push({ size, location: this.#take() });
        return;
      }
      case Op.convert:
      case Op.gnuConvert:
        this.#stack.push(this.#retyped(convert));
        this.#result = 'address';
        return;
      case Op.reinterpret:
        this.#stack.push(this.#retyped(reinterpret));
        this.#result = 'address';
        return;
      case Op.entryValue:
      case Op.gnuEntryValue:
      case Op.bitPiece:
      case Op.implicitPointer:
        throw new Unavailable(OPTIMIZED_OUT);
      default:
        throw new Unavailable(`its location uses operation 0x${opcode.toString(16)}`);
    }
  }

  /** The location that the operations so far describe; the next piece starts afresh. */
  #take(): Exclude<Location, { kind: 'pieces' }> {
    const result = this.#result;
    this.#result = 'address';
    if (result instanceof Uint8Array) return { kind: 'bytes', bytes: result };
    if (result === 'value') return { kind: 'value', operand: this.#stack.pop() };
    return { kind: 'memory', address: popAddress(this.#stack) };
  }

  #jump(distance: number): void {
    this.#cursor.position += distance;
    this.#cursor.skip(0);
  }

  #dereference(size: number): void {
    if (size < 1 || size > 8) this.#cursor.fail(`a load of ${size} bytes`);
    const bytes = this.#machine.frame.memory.read(popAddress(this.#stack), size);
    this.#stack.push(generic(fromBytes(bytes), Math.max(GENERIC_BITS, size * 8)));
    this.#result = 'address';
  }

  #wasmLocation(): Operand {
    const kind = this.#cursor.u8();
    const index = kind === WasmPlace.wideGlobal ? this.#cursor.u32() : this.#cursor.uleb();
    const { frame } = this.#machine;
    switch (kind) {
      case WasmPlace.local:
        return toOperand(frame.local(index), this.#machine.localType(index));
      case WasmPlace.global:
      case WasmPlace.wideGlobal:
        return toOperand(frame.global(index), undefined);
      case WasmPlace.operandStack:
        throw new Unavailable('on the operand stack');
      default:
        return this.#cursor.fail(`unknown WebAssembly place ${kind}`);
    }
  }

  #retyped(change: typeof convert): Operand {
    const offset = this.#cursor.uleb();
    const operand = this.#stack.pop();
    if (offset === 0) return change(operand, GENERIC_BITS, 'generic');
    const { unit } = this.#machine;
    const type = unit.information.entryAt(unit.start + offset);
    const bits = (type.number(Attribute.byteSize) ?? 0) * 8;
    if (bits < 8 || bits > 128) this.#cursor.fail(`a conversion to ${bits} bits`);
    return change(operand, bits, encodingOf(type.number(Attribute.encoding)));
  }
}

function encodingOf(encoding: number | undefined): Operand['encoding'] {
  if (encoding === Encoding.float) return 'float';
  return encoding === Encoding.signed || encoding === Encoding.signedChar ? 'signed' : 'unsigned';
}

function liveAddress(address: number): Operand {
  if (isDead(address)) throw new Unavailable(OPTIMIZED_OUT);
  return generic(BigInt(address));
}

/** A local or global as bits. Without its type a number counts as an i32, which a fraction cannot be. */
function toOperand(value: number | bigint | Uint8Array | undefined, type: ValueType | undefined): Operand {
  if (value === undefined) throw new Unavailable(NOT_TRACKED);
  if (typeof value === 'bigint') return generic(value, 64);
  if (typeof value !== 'number') return generic(fromBytes(value), value.length * 8);
  if (type === 'f32') return { value: floatBits(value, 32), bits: 32, encoding: 'float' };
  if (type === 'f64') return { value: floatBits(value, 64), bits: 64, encoding: 'float' };
  if ((type !== undefined && type !== 'i32') || !Number.isInteger(value))
    throw new Unavailable('not a number of this type');
  return generic(BigInt(value));
}
