/**
 * The command line given to clang, embedded or the user's own, and what of the user's `buildArgs` names files.
 */
import path from 'node:path';
import type { CompileRequest } from './artifact.ts';

/** Diagnostics in one line each, with ranges, for `parseClangOutput`. */
export const diagnosticFlags = [
  '-fno-color-diagnostics',
  '-fno-caret-diagnostics',
  '-fdiagnostics-print-source-range-info',
  '-fdiagnostics-absolute-paths',
] as const;

export interface BuildArguments {
  /** The user's arguments, every path in them absolute. */
  readonly args: readonly string[];
  readonly includeFolders: readonly string[];
  /** Files named on the command line: further inputs, `-include` headers. */
  readonly files: readonly string[];
  readonly libraryFolders: readonly string[];
}

/** Makes paths in `buildArgs` absolute, relative to the program's folder. */
export function readBuildArguments(request: CompileRequest): BuildArguments {
  const folder = path.dirname(request.program);
  const args: string[] = [];
  const includeFolders: string[] = [];
  const files: string[] = [];
  const libraryFolders: string[] = [];
  const given = request.buildArgs ?? [];
  for (let index = 0; index < given.length; index++) {
    const argument = given[index] ?? '';
    const option = pathOptions.find(({ flag }) => argument.startsWith(flag));
    if (option) {
      const attached = argument.slice(option.flag.length);
      if (attached === '' && index + 1 >= given.length) {
        args.push(argument);
        continue;
      }
      const target = path.resolve(folder, attached === '' ? (given[++index] ?? '') : attached);
      ({ include: includeFolders, library: libraryFolders, file: files })[option.kind].push(target);
      args.push(option.flag, target);
    } else if (argument !== '' && !argument.startsWith('-') && !takesValue.has(given[index - 1] ?? '')) {
      const target = path.resolve(folder, argument);
      files.push(target);
      args.push(target);
    } else {
      args.push(argument);
    }
  }
  return { args, includeFolders, files, libraryFolders };
}

/** Debugging defaults, unless the user's arguments say otherwise. */
export function compileFlags(request: CompileRequest): string[] {
  const optimized = request.buildArgs?.some((argument) => /^-O(?:[0-3sgz]|fast)?$/.test(argument)) ?? false;
  return ['-g', ...(optimized ? [] : ['-O0']), '-gdwarf-4'];
}

/** A program without `main` is a library: it gets `_initialize` instead of `_start`. */
export function linkFlags(request: CompileRequest, main: boolean): string[] {
  const chosen = request.buildArgs?.some((argument) =>
    /^-mexec-model=|^-nostdlib$|--no-entry|^-nostartfiles$/.test(argument),
  );
  const model = main || chosen ? [] : ['-mexec-model=reactor'];
  const ownStack = request.buildArgs?.some((argument) => /stack-size|-nostdlib/.test(argument));
  const stack = ownStack ? [] : [`-Wl,-z,stack-size=${STACK_SIZE}`];
  return [
    ...model,
    ...stack,
    ...(request.exports ?? []).filter(isExportable).map((name) => `-Wl,--export-if-defined=${name}`),
  ];
}

/** Bytes. The linker's own 64 KiB end at some 2,000 unoptimised frames, long before the sandbox's limit of calls. */
const STACK_SIZE = 256 * 1024;

/** `main` and the entry points are exported (or called) by the C runtime itself. */
function isExportable(name: string): boolean {
  return !['_start', '_initialize', 'main', 'memory'].includes(name);
}

const pathOptions = [
  { flag: '-isystem', kind: 'include' },
  { flag: '-iquote', kind: 'include' },
  { flag: '-idirafter', kind: 'include' },
  { flag: '-include', kind: 'file' },
  { flag: '-imacros', kind: 'file' },
  { flag: '-I', kind: 'include' },
  { flag: '-L', kind: 'library' },
] as const;

const takesValue = new Set(['-Xclang', '-Xlinker', '-mllvm', '-D', '-U', '-x', '-target', '-l', '-z', '-u', '-o']);
