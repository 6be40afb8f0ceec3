/** Attribute values by form (DWARF 5 §7.5.6): read one, or step over it without looking. */
import { Form } from './constants.ts';
import type { Cursor } from './cursor.ts';

export type AttributeValue =
  | { readonly kind: 'address'; readonly value: number }
  | { readonly kind: 'constant'; readonly value: bigint }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'block'; readonly bytes: Uint8Array }
  | { readonly kind: 'flag'; readonly value: boolean }
  /** `offset` is in the whole `.debug_info`. */
  | { readonly kind: 'reference'; readonly offset: number }
  /** Offset into the section that the attribute implies. */
  | { readonly kind: 'offset'; readonly value: number }
  /** Index into the unit's range or location lists. */
  | { readonly kind: 'listIndex'; readonly value: number }
  /** A type in a unit of its own (DWARF 5 §7.32). */
  | { readonly kind: 'signature'; readonly value: bigint }
  /** Points into a supplementary file, which we do not have. */
  | { readonly kind: 'elsewhere' };

/** What forms need to know of their unit. */
export interface FormContext {
  readonly start: number;
  readonly version: number;
  readonly wide: boolean;
  readonly addressSize: number;
  string(offset: number): string;
  lineString(offset: number): string;
  indexedString(index: number): string;
  indexedAddress(index: number): number;
}

export function readForm(cursor: Cursor, form: number, context: FormContext, implicit?: bigint): AttributeValue {
  switch (form) {
    case Form.addr:
      return { kind: 'address', value: cursor.address(context.addressSize) };
    case Form.addrx:
    case Form.gnuAddrIndex:
    case Form.addrx1:
    case Form.addrx2:
    case Form.addrx3:
    case Form.addrx4:
      return { kind: 'address', value: context.indexedAddress(readIndex(cursor, form)) };
    case Form.flag:
      return { kind: 'flag', value: cursor.u8() !== 0 };
    case Form.flagPresent:
      return { kind: 'flag', value: true };
    case Form.secOffset:
      return { kind: 'offset', value: cursor.offset(context.wide) };
    case Form.loclistx:
    case Form.rnglistx:
      return { kind: 'listIndex', value: cursor.uleb() };
    case Form.indirect:
      return readIndirect(cursor, context);
    default:
      return (
        readConstant(cursor, form, implicit) ??
        readString(cursor, form, context) ??
        readReference(cursor, form, context) ??
        readBlock(cursor, form) ??
        cursor.fail(`unknown form 0x${form.toString(16)}`)
      );
  }
}

export function skipForm(cursor: Cursor, form: number, context: FormContext): void {
  const size = FIXED_SIZES.get(form);
  if (size !== undefined) {
    cursor.skip(size);
    return;
  }
  switch (form) {
    case Form.addr:
      cursor.skip(context.addressSize);
      return;
    case Form.strp:
    case Form.lineStrp:
    case Form.secOffset:
    case Form.strpSup:
      cursor.skip(context.wide ? 8 : 4);
      return;
    case Form.refAddr:
      cursor.skip(referenceSize(context));
      return;
    case Form.string:
      cursor.skipText();
      return;
    case Form.sdata:
    case Form.udata:
    case Form.refUdata:
    case Form.strx:
    case Form.addrx:
    case Form.loclistx:
    case Form.rnglistx:
    case Form.gnuAddrIndex:
    case Form.gnuStrIndex:
      cursor.skipLeb();
      return;
    case Form.indirect:
      readIndirect(cursor, context);
      return;
    default:
      if (readBlock(cursor, form) === undefined) cursor.fail(`unknown form 0x${form.toString(16)}`);
  }
}

const FIXED_SIZES: ReadonlyMap<number, number> = new Map([
  [Form.data1, 1],
  [Form.data2, 2],
  [Form.data4, 4],
  [Form.data8, 8],
  [Form.data16, 16],
  [Form.flag, 1],
  [Form.flagPresent, 0],
  [Form.implicitConst, 0],
  [Form.ref1, 1],
  [Form.ref2, 2],
  [Form.ref4, 4],
  [Form.ref8, 8],
  [Form.refSig8, 8],
  [Form.refSup4, 4],
  [Form.refSup8, 8],
  [Form.strx1, 1],
  [Form.strx2, 2],
  [Form.strx3, 3],
  [Form.strx4, 4],
  [Form.addrx1, 1],
  [Form.addrx2, 2],
  [Form.addrx3, 3],
  [Form.addrx4, 4],
]);

/** DWARF 2 has references of the size of an address (§7.5.4 there); later versions of an offset. */
const referenceSize = (context: FormContext): number =>
  context.version <= 2 ? context.addressSize : context.wide ? 8 : 4;

function readIndirect(cursor: Cursor, context: FormContext): AttributeValue {
  const form = cursor.uleb();
  if (form === Form.indirect || form === Form.implicitConst) cursor.fail('an indirect form names no real form');
  return readForm(cursor, form, context);
}

function readIndex(cursor: Cursor, form: number): number {
  switch (form) {
    case Form.addrx1:
    case Form.strx1:
      return cursor.u8();
    case Form.addrx2:
    case Form.strx2:
      return cursor.u16();
    case Form.addrx3:
    case Form.strx3:
      return cursor.u24();
    case Form.addrx4:
    case Form.strx4:
      return cursor.u32();
    default:
      return cursor.uleb();
  }
}

function readConstant(cursor: Cursor, form: number, implicit: bigint | undefined): AttributeValue | undefined {
  switch (form) {
    case Form.data1:
      return { kind: 'constant', value: BigInt(cursor.u8()) };
    case Form.data2:
      return { kind: 'constant', value: BigInt(cursor.u16()) };
    case Form.data4:
      return { kind: 'constant', value: BigInt(cursor.u32()) };
    case Form.data8:
      return { kind: 'constant', value: cursor.u64() };
    case Form.sdata:
      return { kind: 'constant', value: cursor.slebBig() };
    case Form.udata:
      return { kind: 'constant', value: cursor.ulebBig() };
    case Form.implicitConst:
      return { kind: 'constant', value: implicit ?? 0n };
    default:
      return undefined;
  }
}

function readString(cursor: Cursor, form: number, context: FormContext): AttributeValue | undefined {
  switch (form) {
    case Form.string:
      return { kind: 'string', value: cursor.text() };
    case Form.strp:
      return { kind: 'string', value: context.string(cursor.offset(context.wide)) };
    case Form.lineStrp:
      return { kind: 'string', value: context.lineString(cursor.offset(context.wide)) };
    case Form.strx:
    case Form.gnuStrIndex:
    case Form.strx1:
    case Form.strx2:
    case Form.strx3:
    case Form.strx4:
      return { kind: 'string', value: context.indexedString(readIndex(cursor, form)) };
    case Form.strpSup:
      cursor.skip(context.wide ? 8 : 4);
      return { kind: 'elsewhere' };
    default:
      return undefined;
  }
}

function readReference(cursor: Cursor, form: number, context: FormContext): AttributeValue | undefined {
  const local = (offset: number): AttributeValue => ({ kind: 'reference', offset: context.start + offset });
  switch (form) {
    case Form.ref1:
      return local(cursor.u8());
    case Form.ref2:
      return local(cursor.u16());
    case Form.ref4:
      return local(cursor.u32());
    case Form.ref8:
      return local(Number(cursor.u64()));
    case Form.refUdata:
      return local(cursor.uleb());
    case Form.refAddr:
      return { kind: 'reference', offset: cursor.offset(referenceSize(context) === 8) };
    case Form.refSup4:
      cursor.skip(4);
      return { kind: 'elsewhere' };
    case Form.refSup8:
      cursor.skip(8);
      return { kind: 'elsewhere' };
    case Form.refSig8:
      return { kind: 'signature', value: cursor.u64() };
    default:
      return undefined;
  }
}

function readBlock(cursor: Cursor, form: number): AttributeValue | undefined {
  switch (form) {
    case Form.block1:
      return { kind: 'block', bytes: cursor.bytes(cursor.u8()) };
    case Form.block2:
      return { kind: 'block', bytes: cursor.bytes(cursor.u16()) };
    case Form.block4:
      return { kind: 'block', bytes: cursor.bytes(cursor.u32()) };
    case Form.block:
    case Form.exprloc:
      return { kind: 'block', bytes: cursor.bytes(cursor.uleb()) };
    case Form.data16:
      return { kind: 'block', bytes: cursor.bytes(16) };
    default:
      return undefined;
  }
}
