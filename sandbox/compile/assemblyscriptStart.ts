/**
 * Lines of top-level code. The compiler's shadow stack pass makes functions anew when they need more locals, and then
 * looks up whose lines the new one gets; functions that hold a file's top-level statements are not where it looks.
 */
import type { CompiledProgram } from './assemblyscriptProgram.ts';

/** The parts of the compiler's `Program` that are hooked. */
export type SearchedProgram = Pick<CompiledProgram, 'filesByName'> & {
  searchFunctionByRef(ref: number): unknown;
};

/** Must come before the program is compiled. `nameOf`: the name that a function has in the module. */
export function keepLinesOfTopLevelCode(program: SearchedProgram, nameOf: (ref: number) => string | null): void {
  const search = program.searchFunctionByRef;
  program.searchFunctionByRef = (ref) => search.call(program, ref) ?? startFunctionNamed(program, nameOf(ref));
}

function startFunctionNamed({ filesByName }: SearchedProgram, name: string | null): unknown {
  for (const { startFunction } of filesByName.values()) {
    if (startFunction.internalName === name) return startFunction;
  }
  return null;
}
