/**
 * Two tiny modules. The trampoline makes a JavaScript function callable by `call_indirect`; the leaver ends a guest
 * by a wasm trap, because a JavaScript exception would be caught by the guest's own `catch_all`.
 */

export type Hook = (id: number, instant: number, depth: number) => void;

/** A wasm function of type (i32, f64, i32) -> () that calls `hook`: what the instrumented module's hook table takes. */
export function trampoline(hook: Hook): CallableFunction {
  const instance = new WebAssembly.Instance(new WebAssembly.Module(TRAMPOLINE), { h: { h: hook } });
  return exportedFunction(instance, 't');
}

/** A function that traps, and so unwinds every wasm frame beneath it whatever the guest catches. */
export function leaver(): () => never {
  const trap = exportedFunction(new WebAssembly.Instance(new WebAssembly.Module(LEAVER)), 'x');
  return () => {
    trap();
    throw new Error('unreachable: the leaver returned');
  };
}

// (module (import "h" "h" (func (param i32 f64 i32)))
//   (func (export "t") (param i32 f64 i32) local.get 0 local.get 1 local.get 2 call 0))
const TRAMPOLINE = Uint8Array.of(
  ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
  ...[1, 7, 1, 0x60, 3, 0x7f, 0x7c, 0x7f, 0], // type 0: (i32, f64, i32) -> ()
  ...[2, 7, 1, 1, 0x68, 1, 0x68, 0, 0], // import "h" "h" func type 0
  ...[3, 2, 1, 0], // one function of type 0
  ...[7, 5, 1, 1, 0x74, 0, 1], // export "t" func 1
  ...[10, 12, 1, 10, 0, 0x20, 0, 0x20, 1, 0x20, 2, 0x10, 0, 0x0b],
);

// (module (func (export "x") unreachable))
const LEAVER = Uint8Array.of(
  ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
  ...[1, 4, 1, 0x60, 0, 0], // type 0: () -> ()
  ...[3, 2, 1, 0],
  ...[7, 5, 1, 1, 0x78, 0, 0], // export "x" func 0
  ...[10, 5, 1, 3, 0, 0x00, 0x0b],
);

function exportedFunction(instance: WebAssembly.Instance, name: string): CallableFunction {
  const value = instance.exports[name];
  if (typeof value !== 'function') throw new Error(`The built-in module exports no function ${name}.`);
  return value;
}
