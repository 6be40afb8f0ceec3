/** Paths as compilers write them, made absolute and of one spelling; and which of them are not the user's. */

/** `/` between parts, no `.` or `..`, drive letter in upper case. Parts that are already absolute win over those before them. */
export function absolutePath(name: string, directory: string | undefined, compilation: string | undefined): string {
  let path = name.replaceAll('\\', '/');
  for (const parent of [directory, compilation]) {
    if (!isAbsolute(path) && parent) path = `${parent.replaceAll('\\', '/')}/${path}`;
  }
  return normalise(path);
}

const isAbsolute = (path: string): boolean => /^(\/|[A-Za-z]:)/.test(path);

function normalise(path: string): string {
  const rooted = path.startsWith('/');
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.length > 0 && parts.at(-1) !== '..') parts.pop();
    else if (!rooted) parts.push(part);
  }
  const joined = (rooted ? '/' : '') + parts.join('/');
  return joined.replace(/^[a-z]:/, (drive) => drive.toUpperCase());
}

/**
 * Whether a source belongs to the toolchain. A heuristic: nothing in DWARF says so. `/usr/src` and the rest of
 * `/usr` are left to the user, who may well work there in a container.
 */
export function isLibraryPath(path: string): boolean {
  return LIBRARY_PATHS.some((pattern) => pattern.test(path));
}

const LIBRARY_PATHS: readonly RegExp[] = [
  /^\/usr\/(local\/)?(include|lib|lib64|libexec|share)\//,
  /\/wasi-(libc|sysroot|sdk)[^/]*\//,
  /(^|\/)libc-(top|bottom)-half\//,
  /(^|\/)(compiler-rt|libcxx|libcxxabi|libunwind|llvm-project)\//,
  /\/lib\/clang\/\d/,
  /^\/(rustc|cargo)\//,
  /\/\.(cargo|rustup)\//,
  /\/lib\/zig\//,
  /^~lib\//,
  // Debian builds its C library with paths cut short.
  /^(sysroot|dlmalloc)\//,
  // What compilers make up: `<built-in>`.
  /<[^/]*>$/,
];
