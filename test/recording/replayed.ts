/** Runs a module with every host call answered from a recording, in this very thread, and tells what came of it. */
import { Answers, type Departure } from '../../sandbox/recording/answers.ts';
import { openRecording } from '../../sandbox/recording/reader.ts';

export interface Replayed {
  readonly stdout: string;
  readonly stderr: string;
  /** How the recording says that the run ended; undefined: the replay did not come so far. */
  readonly end: unknown;
  readonly departed: Departure | undefined;
  /** What the module threw by itself. */
  readonly trap: string | undefined;
}

class Left extends Error {}

export function replay(
  recording: Uint8Array,
  wasm: Uint8Array,
  entry = '_start',
  args: readonly number[] = [],
): Replayed {
  const decoders = { stdout: new TextDecoder(), stderr: new TextDecoder() };
  const result: { -readonly [key in keyof Replayed]: Replayed[key] } = {
    stdout: '',
    stderr: '',
    end: undefined,
    departed: undefined,
    trap: undefined,
  };
  const answers = new Answers(openRecording(recording).entries(), {
    output: (stream, bytes) => {
      result[stream] += decoders[stream].decode(bytes, { stream: true });
    },
    ended: (end) => {
      result.end = end;
      throw new Left();
    },
    departed: (why) => {
      result.departed = why;
      throw new Left();
    },
  });
  try {
    run(answers, wasm, entry, args);
    result.end = answers.end();
  } catch (error) {
    if (error instanceof WebAssembly.RuntimeError) result.trap = error.message;
    else if (!(error instanceof Left)) throw error;
  }
  return result;
}

function run(answers: Answers, wasm: Uint8Array, entry: string, args: readonly number[]): void {
  const module = new WebAssembly.Module(wasm as Uint8Array<ArrayBuffer>);
  const imports: Record<string, Record<string, (...args: (number | bigint)[]) => number>> = {};
  for (const { module: from, name } of WebAssembly.Module.imports(module)) {
    imports[from] ??= {};
    imports[from][name] = answers.function(from, name);
  }
  const { exports } = new WebAssembly.Instance(module, imports);
  if (exports.memory instanceof WebAssembly.Memory) answers.bind(exports.memory);
  (exports[entry] as (...args: number[]) => unknown)(...args);
}
