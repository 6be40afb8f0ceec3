/** A program that fills the engine's own heap: with the objects of the garbage collection proposal, which wabt cannot write. */
import { ByteWriter } from '../../sandbox/wasm/byteWriter.ts';
import { SECTION } from '../../sandbox/wasm/sections.ts';

/** A list of arrays of `length` i64: it never ends and keeps all it makes. */
export function hoarder(length: number): Uint8Array {
  const out = new ByteWriter().raw([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
  const section = (id: number, body: ByteWriter) => out.u8(id).unsigned(body.length).raw(body.written());
  // (type $a (array (mut i64))) (type $l (struct (field (mut (ref null $l))) (field (mut (ref null $a))))) (type (func))
  section(SECTION.type, new ByteWriter().raw([3, 0x5e, 0x7e, 1, 0x5f, 2, 0x63, 1, 1, 0x63, 0, 1, 0x60, 0, 0]));
  section(SECTION.function, new ByteWriter().raw([1, 2]));
  section(SECTION.export, new ByteWriter().raw([1]).name('_start').raw([0, 0]));
  // (local $l (ref null $l)) (loop (local.set 0 (struct.new $l (local.get 0) (array.new_default $a (i32.const length)))) (br 0))
  const body = new ByteWriter().raw([1, 1, 0x63, 1, 0x03, 0x40, 0x20, 0, 0x41]).signed(length);
  body.raw([0xfb, 7, 0, 0xfb, 0, 1, 0x21, 0, 0x0c, 0, 0x0b, 0x0b]);
  section(SECTION.code, new ByteWriter().raw([1]).unsigned(body.length).raw(body.written()));
  return out.written().slice();
}
