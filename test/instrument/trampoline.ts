/** A wasm function that calls a JavaScript one: only wasm functions fit into the hook's table. */

export type Hook = (id: number, instant: number, depth: number) => void;

const trampolineModule = new WebAssembly.Module(
  // biome-ignore format: (import "h" "h" (func (param i32 f64 i32))) (func (export "t") (param i32 f64 i32) local.get 0 … call 0)
  Uint8Array.from([
    0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 7, 1, 0x60, 3, 0x7f, 0x7c, 0x7f, 0, 2, 7, 1, 1, 0x68, 1, 0x68, 0, 0, 3, 2, 1, 0,
    7, 5, 1, 1, 0x74, 0, 1, 10, 12, 1, 10, 0, 0x20, 0, 0x20, 1, 0x20, 2, 0x10, 0, 0x0b,
  ]),
);

export function trampoline(hook: Hook): WebAssembly.ExportValue {
  return new WebAssembly.Instance(trampolineModule, { h: { h: hook } }).exports.t as WebAssembly.ExportValue;
}
