/**
 * `npm start`: opens examples/ in VS Code with the extension loaded: in the user's own `code` where there is one, else in a
 * VS Code served on loopback, whose address is printed. `--serve` asks for the second in any case.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { buildAll } from './build.ts';
import { provideCodeServer, startCodeServer } from './codeServer.ts';
import { packageExtension } from './package.ts';
import { root, run, which } from './run.ts';

const examples = join(root, 'examples');
const code = process.argv.includes('--serve') ? undefined : which('code');

if (code !== undefined) {
  await buildAll();
  await run(code, ['--new-window', `--extensionDevelopmentPath=${root}`, examples, join(examples, 'c/orders.c')]);
  console.log('VS Code has opened examples/. Open c/orders.c and press F5.');
} else {
  const vsix = await packageExtension();
  await provideCodeServer();
  const data = join(root, '.vscode-server/data');
  mkdirSync(data, { recursive: true });
  const server = await startCodeServer(data, vsix);
  console.log(
    `\nVS Code is served at ${server.url}/?folder=${encodeURI(examples)}\nOpen it in a browser, open c/orders.c and press F5. Ctrl+C here ends it.`,
  );
  const end = () => void server.stop().then(() => process.exit(0));
  process.on('SIGINT', end);
  process.on('SIGTERM', end);
}
