/** `wasm-sandbox run --learn`: the smallest `sandbox.json` for the run that was just watched, on standard output. */
import type { Learned } from '../library/learn.ts';
import { shortPath } from '../library/messages.ts';
import { write } from './standardStreams.ts';

export async function tellLearned({ text, folder, report }: Learned): Promise<void> {
  await write('stdout', text);
  const rest = report.violationCount > 0 ? ' Refused calls are not in it: what they wanted lies elsewhere.' : '';
  const where = shortPath(folder) === folder ? folder : `./${shortPath(folder)}`;
  await write('stderr', `wasm-sandbox: learned a sandbox.json; it belongs in ${where}.${rest}\n`);
}
