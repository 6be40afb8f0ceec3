/**
 * `npm test`: everything. Builds, provides what the tests need (Chromium, a VS Code to open, a clang of the system), packages the extension and
 * runs all test files; nothing is skipped. `npm test -- PATTERN…` runs the files whose path contains one of the patterns.
 */
import { globSync } from 'node:fs';
import { buildAll } from './build.ts';
import { provideChromium } from './chromium.ts';
import { provideCodeServer } from './codeServer.ts';
import { packageExtension } from './package.ts';
import { root, run } from './run.ts';
import { provideSystemClang } from './systemClang.ts';

const patterns = process.argv.slice(2);
const all = globSync('test/**/*.test.{ts,tsx}', { cwd: root }).toSorted();
const files =
  patterns.length === 0
    ? all
    : all.filter((file) => patterns.some((pattern) => file.replaceAll('\\', '/').includes(pattern)));
if (files.length === 0) throw new Error(`No test file matches ${patterns.join(', ')}.`);

const env: NodeJS.ProcessEnv = { ...process.env };
if (files.some((file) => file.includes('vscode'))) {
  env.WASM_SANDBOX_VSIX = await packageExtension();
  await provideCodeServer();
} else {
  await buildAll();
}
if (files.some((file) => file.includes('systemClang'))) await provideSystemClang();
if (files.some((file) => /browser|vscode/.test(file))) env.CHROMIUM = await provideChromium();

await run(process.execPath, ['--test', '--test-concurrency=2', '--test-timeout=300000', ...files], { env });
