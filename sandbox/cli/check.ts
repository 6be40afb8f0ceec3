/** `wasm-sandbox check`: what is wrong with a `sandbox.json`, line by line, as a compiler would print it. */
import path from 'node:path';
import { hostPaths } from '../compile/pathProbe.ts';
import { CONFIG_FILE_NAME, findConfig } from '../config/findConfig.ts';
import { ConfigurationError } from '../library/errors.ts';
import { configProblems } from '../library/messages.ts';
import { loadConfigFile } from '../library/options.ts';
import { NOT_RUN } from './exitCodes.ts';
import { write } from './standardStreams.ts';

/** Gives the exit code: 0 when nothing keeps a program from running with it. */
export async function checkCommand(given: string | undefined): Promise<number> {
  const file = given ?? findConfig(path.resolve(CONFIG_FILE_NAME), hostPaths);
  if (file === undefined) {
    throw new ConfigurationError(
      `There is no ${CONFIG_FILE_NAME} in ${process.cwd()} or above. Name one: wasm-sandbox check PATH.`,
    );
  }
  const { problems, text } = loadConfigFile(file);
  const lines = configProblems(problems, path.resolve(file), text);
  await write('stdout', lines.length === 0 ? `${file}: nothing is wrong\n` : `${lines.join('\n')}\n`);
  return problems.some(({ severity }) => severity === 'error') ? NOT_RUN : 0;
}
