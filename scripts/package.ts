/**
 * `npm run package`: one .vsix that works offline, with the compilers inside. What goes in is staged in out/vsix:
 * the bundles, the media, the manifest without what only developers need, and just the files of each compiler
 * that it reads at run time, under dist/node_modules so that the bundles find them.
 */
import { cpSync, globSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { buildAll } from './build.ts';
import { root, run } from './run.ts';

const LARGEST = 60 * 1024 * 1024;

/** Files of packages that are loaded from node_modules at run time; licences and manifests are always taken. */
const RUNTIME: Readonly<Record<string, readonly string[]>> = {
  wabt: ['index.js'],
  'source-map': ['source-map.js', 'lib/**'],
  assemblyscript: ['dist/asc.js', 'dist/assemblyscript.js'],
  binaryen: ['index.js'],
  long: ['index.js', 'umd/**'],
  '@assemblyscript/wasi-shim': ['assembly/**'],
  '@yowasp/clang': ['gen/bundle.js', 'gen/*.wasm', 'gen/*.tar'],
};

/** Builds and packages; the path of the .vsix. */
export async function packageExtension(): Promise<string> {
  await buildAll();
  const stage = join(root, 'out/vsix');
  rmSync(stage, { recursive: true, force: true });
  mkdirSync(stage, { recursive: true });
  const copy = (path: string) => cpSync(join(root, path), join(stage, path), { recursive: true });
  for (const path of ['dist', 'docs', 'media', 'README.md', 'CHANGELOG.md', 'LICENSE']) copy(path);
  for (const map of globSync('dist/**/*.map', { cwd: stage })) rmSync(join(stage, map));
  rmSync(join(stage, 'dist/types'), { recursive: true, force: true });
  for (const folder of manifestFolders()) copy(folder);
  for (const [name, patterns] of Object.entries(RUNTIME)) stagePackage(stage, name, patterns);
  writeFileSync(join(stage, 'package.json'), JSON.stringify(manifest(), null, 2));
  const { name, version } = manifest();
  const vsix = join(root, `out/${name}-${version}.vsix`);
  // From the stage, so that only what is there is packed; the packages under dist/ are ours to choose.
  await run(
    process.execPath,
    [
      join(root, 'node_modules/@vscode/vsce/vsce'),
      'package',
      '--no-dependencies',
      '--allow-missing-repository',
      '--out',
      vsix,
    ],
    { cwd: stage },
  );
  const { size } = statSync(vsix);
  if (size > LARGEST) throw new Error(`${vsix} is ${(size / 2 ** 20).toFixed(1)} MB; at most 60 MB are wanted.`);
  return vsix;
}

function stagePackage(stage: string, name: string, patterns: readonly string[]): void {
  const from = join(root, 'node_modules', name);
  const always = ['package.json', 'LICENSE*', 'NOTICE*'];
  for (const file of [...always, ...patterns].flatMap((pattern) => globSync(pattern, { cwd: from }))) {
    if (!statSync(join(from, file)).isFile()) continue;
    const to = join(stage, 'dist/node_modules', name, file);
    mkdirSync(dirname(to), { recursive: true });
    cpSync(join(from, file), to);
  }
}

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly contributes?: {
    readonly languages?: readonly { readonly configuration?: string }[];
    readonly grammars?: readonly { readonly path: string }[];
    readonly jsonValidation?: readonly { readonly url: string }[];
  };
  readonly [key: string]: unknown;
}

function manifest(): Manifest {
  const whole: Manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const { devDependencies, dependencies, scripts, exports, bin, types, files, type, ...shipped } = whole;
  return shipped as Manifest;
}

/** Folders outside media/ that the manifest's contributions name: grammars, schemas and language configurations. */
function manifestFolders(): readonly string[] {
  const { languages = [], grammars = [], jsonValidation = [] } = manifest().contributes ?? {};
  const files = [
    ...languages.flatMap(({ configuration }) => configuration ?? []),
    ...grammars.map(({ path }) => path),
    ...jsonValidation.map(({ url }) => url),
  ];
  return [...new Set(files.map((file) => dirname(file.replace(/^\.\//, ''))))].filter(
    (folder) => folder !== 'media' && folder !== '.',
  );
}

if (process.argv[1] === import.meta.filename) {
  const vsix = await packageExtension();
  console.log(`${vsix} (${(statSync(vsix).size / 2 ** 20).toFixed(1)} MB)`);
}
