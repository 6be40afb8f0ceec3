/** A debug configuration as VS Code hands it over, completed: what F5 means without launch.json, absolute paths, settings. */
import path from 'node:path';
import { type Exists, notAProgram, programKind } from './program.ts';

export const DEBUG_TYPE = 'wasm-sandbox';

/** A configuration before it is complete; the adapter checks the rest. */
export interface Configuration {
  type: string;
  request: string;
  name: string;
  [key: string]: unknown;
}

export type Resolved =
  | { readonly kind: 'launch'; readonly configuration: Configuration }
  /** For the user: what is missing. */
  | { readonly kind: 'refused'; readonly message: string };

/** F5 with no launch.json gives a configuration without a type: it means the active file. */
export function withProgram(given: Partial<Configuration>, activeFile: string | undefined, exists: Exists): Resolved {
  if (given.type !== undefined && given.type !== '') {
    const configuration = { ...given, type: given.type, request: given.request ?? 'launch', name: given.name ?? '' };
    if (typeof given.program === 'string' && given.program !== '') return { kind: 'launch', configuration };
    return {
      kind: 'refused',
      message: '"program" is missing in launch.json: the source file or .wasm to run in the sandbox.',
    };
  }
  if (activeFile === undefined || programKind(activeFile, exists) === undefined) {
    return { kind: 'refused', message: notAProgram(activeFile) };
  }
  return { kind: 'launch', configuration: { ...given, ...configurationFor(activeFile) } };
}

export function configurationFor(file: string): Configuration {
  return { type: DEBUG_TYPE, request: 'launch', name: `Debug ${path.basename(file)} in the sandbox`, program: file };
}

export interface Surroundings {
  /** The workspace folder of the configuration or of the program. */
  readonly folder: string | undefined;
  /** Settings that somebody set; a default must not outvote sandbox.json. */
  readonly toolchain: string | undefined;
  readonly clangPath: string | undefined;
}

/** Once variables are substituted: paths from the workspace folder, what the settings say where the configuration does not. */
export function completed(configuration: Configuration, around: Surroundings): Configuration {
  const cwd = textOf(configuration.cwd) ?? around.folder;
  const absolute = (value: unknown): unknown =>
    typeof value === 'string' && value !== '' && cwd !== undefined ? path.resolve(cwd, value) : value;
  const result: Configuration = { ...configuration, program: absolute(configuration.program) };
  if (cwd !== undefined) result.cwd = cwd;
  if (configuration.sandbox !== undefined) result.sandbox = absolute(configuration.sandbox);
  if (around.toolchain !== undefined) result.toolchain ??= around.toolchain;
  if (around.clangPath !== undefined) result.compilerPath ??= around.clangPath;
  return result;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
