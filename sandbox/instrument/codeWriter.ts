/** Writes the few instructions that instrumentation inserts. */
import { ByteWriter } from '../wasm/byteWriter.ts';
import { OP } from '../wasm/opcodes.ts';

/** A memory access whose address is on the stack: the offset is in bytes. */
export interface Access {
  readonly memory: number;
  readonly offset: number;
}

export class CodeWriter extends ByteWriter {
  op(code: number): this {
    return this.u8(code);
  }

  localGet(index: number): this {
    return this.u8(OP.localGet).unsigned(index);
  }

  localSet(index: number): this {
    return this.u8(OP.localSet).unsigned(index);
  }

  localTee(index: number): this {
    return this.u8(OP.localTee).unsigned(index);
  }

  globalGet(index: number): this {
    return this.u8(OP.globalGet).unsigned(index);
  }

  globalSet(index: number): this {
    return this.u8(OP.globalSet).unsigned(index);
  }

  i32Const(value: number): this {
    return this.u8(OP.i32Const).signed(value);
  }

  i64Const(value: number | bigint): this {
    return this.u8(OP.i64Const).signed(value);
  }

  call(functionIndex: number): this {
    return this.u8(OP.call).unsigned(functionIndex);
  }

  /** A load or store of one byte's alignment: bit 6 announces the memory index. */
  access(code: number, { memory, offset }: Access): this {
    return this.u8(code).u8(0x40).unsigned(memory).unsigned(offset);
  }

  /** `if` without parameters and results. */
  ifThen(): this {
    return this.u8(OP.if).u8(0x40);
  }

  end(): this {
    return this.u8(OP.end);
  }
}
