/** A clang of this machine with WASI support, for the tests of `"toolchain": "system"`. */
import { existsSync } from 'node:fs';
import { installPackages } from './debianPackages.ts';
import { which } from './run.ts';

const PACKAGES = ['clang-19', 'lld-19', 'wasi-libc', 'libclang-rt-19-dev-wasm32'];

export async function provideSystemClang(): Promise<void> {
  if (hasSystemClang()) return;
  if ((await installPackages(PACKAGES)) && hasSystemClang()) return;
  throw new Error(
    `The tests of the system toolchain need a clang with WASI support. Debian, Ubuntu: sudo apt-get install ${PACKAGES.join(' ')}; else wasi-sdk, with its clang on PATH.`,
  );
}

function hasSystemClang(): boolean {
  if (process.env.WASI_SDK_PATH !== undefined) return true;
  return existsSync('/usr/include/wasm32-wasi') && ['clang-19', 'clang'].some((name) => which(name) !== undefined);
}
