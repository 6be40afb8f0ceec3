/**
 * The WebAssembly JavaScript interface, as far as this project uses it: Node's type package leaves it out, and
 * TypeScript's DOM library, which has it, would bring a browser with it.
 */
declare namespace WebAssembly {
  type ExportValue = unknown;
  type Imports = Record<string, Record<string, unknown>>;
  class Module {
    constructor(bytes: BufferSource);
    static imports(module: Module): { module: string; name: string; kind: string }[];
    static exports(module: Module): { name: string; kind: string }[];
    static customSections(module: Module, name: string): ArrayBuffer[];
  }
  class Instance {
    constructor(module: Module, imports?: Imports);
    readonly exports: Record<string, unknown>;
  }
  class Memory {
    constructor(descriptor: { initial: number; maximum?: number; shared?: boolean });
    readonly buffer: ArrayBuffer | SharedArrayBuffer;
    grow(pages: number): number;
  }
  class Table {
    constructor(descriptor: { initial: number; maximum?: number; element: 'anyfunc' | 'externref' });
    readonly length: number;
    get(index: number): unknown;
    set(index: number, value?: unknown): void;
  }
  class Global {
    constructor(descriptor: { value: string; mutable?: boolean }, value?: unknown);
    value: unknown;
  }
  class CompileError extends Error {}
  class LinkError extends Error {}
  class RuntimeError extends Error {}
  class Exception {
    is(tag: unknown): boolean;
  }
  function validate(bytes: BufferSource): boolean;
}

declare type BufferSource = ArrayBuffer | ArrayBufferView;
