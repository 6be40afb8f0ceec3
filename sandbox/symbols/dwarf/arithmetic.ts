/** The operations of location expressions that work on the stack alone (DWARF 5 §2.5.1.3 and §2.5.1.4). */
import { Op } from './constants.ts';
import { addressOf, constant, GENERIC_BITS, generic, type Operand, signedValue } from './operand.ts';
import { OPTIMIZED_OUT, Unavailable } from './unavailable.ts';

/** Deeper than any compiler goes; hostile loops end here or at the step limit. */
const DEEPEST_STACK = 1000;

export class OperandStack {
  readonly #operands: Operand[] = [];

  get isEmpty(): boolean {
    return this.#operands.length === 0;
  }

  push(operand: Operand): void {
    if (this.#operands.length >= DEEPEST_STACK) throw new Unavailable('its location expression is too deep');
    this.#operands.push(operand);
  }

  pop(): Operand {
    const operand = this.#operands.pop();
    if (operand === undefined) throw new Unavailable(OPTIMIZED_OUT);
    return operand;
  }

  /** 0 is the top. */
  peek(depth: number): Operand {
    const operand = this.#operands[this.#operands.length - 1 - depth];
    if (operand === undefined) throw new Unavailable('its location expression is broken');
    return operand;
  }
}

/** True when `opcode` is one of these operations; it has been carried out then. */
export function runStackOperation(opcode: number, stack: OperandStack): boolean {
  const binary = BINARY[opcode];
  const unary = UNARY[opcode];
  if (binary !== undefined) {
    const right = stack.pop();
    stack.push(binary(stack.pop(), right));
  } else if (unary !== undefined) stack.push(unary(stack.pop()));
  else return runShuffle(opcode, stack);
  return true;
}

function runShuffle(opcode: number, stack: OperandStack): boolean {
  switch (opcode) {
    case Op.dup:
      stack.push(stack.peek(0));
      return true;
    case Op.drop:
      stack.pop();
      return true;
    case Op.over:
      stack.push(stack.peek(1));
      return true;
    case Op.swap:
      pushAll(stack, [stack.pop(), stack.pop()]);
      return true;
    case Op.rot: {
      const [top, second, third] = [stack.pop(), stack.pop(), stack.pop()];
      pushAll(stack, [top, third, second]);
      return true;
    }
    case Op.nop:
      return true;
    default:
      return false;
  }
}

function pushAll(stack: OperandStack, operands: readonly Operand[]): void {
  for (const operand of operands) stack.push(operand);
}

type Binary = (left: Operand, right: Operand) => Operand;

/** Constants take the width of the other side. */
const widthOf = (left: Operand, right: Operand): number => Math.max(left.bits, right.bits);

function requireIntegers(...operands: readonly Operand[]): void {
  if (operands.some(({ encoding }) => encoding === 'float')) throw new Unavailable('computed from floats');
}

function arithmetic(compute: (left: bigint, right: bigint) => bigint): Binary {
  return (left, right) => {
    requireIntegers(left, right);
    const bits = widthOf(left, right);
    const value = compute(signedValue(left), signedValue(right));
    if (bits === 0) return constant(BigInt.asIntN(64, value));
    const encoding = left.bits === 0 ? right.encoding : left.encoding;
    return { value: BigInt.asUintN(bits, value), bits, encoding };
  };
}

/** `compute` sees the left side as unsigned or signed; the width is the left side's. */
function shift(signed: boolean, compute: (left: bigint, by: bigint) => bigint): Binary {
  return (left, right) => {
    requireIntegers(left, right);
    const bits = left.bits || 64;
    const by = right.bits === 0 ? right.value : BigInt.asUintN(right.bits, right.value);
    if (by < 0n || by >= BigInt(bits)) throw new Unavailable('its location expression shifts too far');
    const value = signed ? BigInt.asIntN(bits, left.value) : BigInt.asUintN(bits, left.value);
    return { ...left, value: BigInt.asUintN(bits, compute(value, by)), bits };
  };
}

function division(compute: (left: bigint, right: bigint) => bigint, signed: boolean): Binary {
  return (left, right) => {
    requireIntegers(left, right);
    const bits = widthOf(left, right) || 64;
    const unsigned = !signed || left.encoding === 'unsigned';
    const read = (operand: Operand) => (unsigned ? BigInt.asUintN(bits, operand.value) : signedValue(operand));
    const divisor = read(right);
    if (divisor === 0n) throw new Unavailable('its location expression divides by zero');
    return { ...left, value: BigInt.asUintN(bits, compute(read(left), divisor)), bits };
  };
}

/** Comparisons are signed for the generic type (DWARF 5 §2.5.1.4). */
function comparison(compare: (left: bigint, right: bigint) => boolean): Binary {
  return (left, right) => {
    requireIntegers(left, right);
    const bits = widthOf(left, right) || 64;
    const unsigned = left.encoding === 'unsigned';
    const read = ({ value, bits: own }: Operand) =>
      unsigned ? BigInt.asUintN(bits, value) : BigInt.asIntN(own || bits, value);
    return generic(compare(read(left), read(right)) ? 1n : 0n);
  };
}

const BINARY: Readonly<Record<number, Binary>> = {
  [Op.and]: arithmetic((left, right) => left & right),
  [Op.or]: arithmetic((left, right) => left | right),
  [Op.xor]: arithmetic((left, right) => left ^ right),
  [Op.plus]: arithmetic((left, right) => left + right),
  [Op.minus]: arithmetic((left, right) => left - right),
  [Op.mul]: arithmetic((left, right) => left * right),
  [Op.div]: division((left, right) => left / right, true),
  [Op.mod]: division((left, right) => left % right, false),
  [Op.shl]: shift(false, (left, by) => left << by),
  [Op.shr]: shift(false, (left, by) => left >> by),
  [Op.shra]: shift(true, (left, by) => left >> by),
  [Op.eq]: comparison((left, right) => left === right),
  [Op.ne]: comparison((left, right) => left !== right),
  [Op.lt]: comparison((left, right) => left < right),
  [Op.le]: comparison((left, right) => left <= right),
  [Op.gt]: comparison((left, right) => left > right),
  [Op.ge]: comparison((left, right) => left >= right),
};

function unary(compute: (value: bigint) => bigint): (operand: Operand) => Operand {
  return (operand) => {
    requireIntegers(operand);
    const value = compute(signedValue(operand));
    return { ...operand, value: operand.bits === 0 ? BigInt.asIntN(64, value) : BigInt.asUintN(operand.bits, value) };
  };
}

const UNARY: Readonly<Record<number, (operand: Operand) => Operand>> = {
  [Op.abs]: unary((value) => (value < 0n ? -value : value)),
  [Op.neg]: unary((value) => -value),
  [Op.not]: unary((value) => ~value),
};

/** An operand that is used as an address. */
export function popAddress(stack: OperandStack): number {
  const operand = stack.pop();
  requireIntegers(operand);
  if (operand.bits > 64) throw new Unavailable(`an address of ${operand.bits} bits`);
  return operand.bits > GENERIC_BITS ? Number(operand.value) : addressOf(operand);
}
