/**
 * Bundles everything that runs into dist/: the extension, the debug adapter, the language server, the command
 * line, the library and the webviews, each on its own, and beside them the files that they start as processes and
 * workers. Compilers stay outside: they are packed as node_modules.
 */
import { existsSync } from 'node:fs';
import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type BuildOptions, build } from 'esbuild';
import { root, run } from './run.ts';

/** Loaded from node_modules at run time: too big to bundle, or they load files of their own. */
export const externals = [
  'assemblyscript',
  '@assemblyscript/wasi-shim',
  'binaryen',
  'long',
  'wabt',
  '@yowasp/clang',
  'source-map',
];

const shared: BuildOptions = {
  absWorkingDir: root,
  bundle: true,
  target: 'node22',
  platform: 'node',
  // Some packages' `main` is UMD, whose requires a bundler cannot follow.
  mainFields: ['module', 'main'],
  external: ['vscode', ...externals],
  keepNames: true,
  minifySyntax: true,
  minifyWhitespace: true,
  // An error that nobody catches is shown with its line.
  lineLimit: 160,
  legalComments: 'none',
  logLevel: 'warning',
  sourcemap: 'linked',
  sourcesContent: false,
};

/** CommonJS has no `import.meta.url`; what starts processes needs to know where it lies. */
const commonJs: BuildOptions = {
  ...shared,
  format: 'cjs',
  define: { 'import.meta.url': 'bundleUrl' },
  banner: { js: "const bundleUrl=require('node:url').pathToFileURL(__filename).href;" },
  outExtension: { '.js': '.cjs' },
};

/** Bundled CommonJS dependencies call `require`, which an ES module has to make for itself. */
const esModules: BuildOptions = {
  ...shared,
  format: 'esm',
  banner: { js: "import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);" },
  outExtension: { '.js': '.mjs' },
};

const web: BuildOptions = {
  ...shared,
  platform: 'browser',
  target: 'chrome120',
  format: 'iife',
  jsx: 'automatic',
  jsxImportSource: 'preact',
  loader: { '.ttf': 'dataurl', '.svg': 'text' },
  minify: true,
};

const bundles: readonly { readonly options: BuildOptions; readonly entries: Readonly<Record<string, string>> }[] = [
  {
    options: commonJs,
    entries: {
      extension: 'extension/extension.ts',
      'debug-adapter': 'debug-adapter/main.ts',
      'language-server': 'language-server/main.ts',
    },
  },
  {
    options: esModules,
    entries: {
      cli: 'sandbox/cli/main.ts',
      index: 'sandbox/index.ts',
      clangChild: 'sandbox/compile/clangChild.ts',
      assemblyscriptChild: 'sandbox/compile/assemblyscriptChild.ts',
      guestController: 'sandbox/guest/controller/controller.ts',
      guestWorker: 'sandbox/guest/worker/worker.ts',
      guestNetwork: 'sandbox/guest/network/network.ts',
      guestWasmer: 'sandbox/guest/wasmer/wasmerLibrary.ts',
    },
  },
  { options: web, entries: { 'webviews/panel': 'extension/webviews/panel/main.tsx' } },
];

export async function buildAll(): Promise<void> {
  await rm(join(root, 'dist'), { recursive: true, force: true });
  await Promise.all(
    bundles.map(({ options, entries }) => {
      const present = Object.entries(entries).filter(([, file]) => existsSync(join(root, file)));
      return build({ ...options, outdir: 'dist', entryPoints: Object.fromEntries(present) });
    }),
  );
  await copyGuestSdk();
}

/** What programs include is read by the compilers as it is. */
function copyGuestSdk(): Promise<void> {
  return cp(join(root, 'sandbox/guest-sdk'), join(root, 'dist/guest-sdk'), { recursive: true });
}

/** Type declarations of the library, for those who install it. */
export function buildTypes(): Promise<void> {
  return run(join(root, 'node_modules/.bin/tsc'), ['-p', 'tsconfig.types.json']);
}

if (process.argv[1] === import.meta.filename) {
  await buildAll();
  await buildTypes();
}
