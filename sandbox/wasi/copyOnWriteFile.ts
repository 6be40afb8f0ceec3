/** An open file of a copy-on-write folder: the base's bytes until somebody writes, the copy in memory from then on. */

import { FileNode, type FolderNode } from './copyOnWriteNodes.ts';
import { fail } from './errno.ts';
import type { FileStat, NewTimes, OpenFile } from './fileSystem.ts';

export class CopyOnWriteFile implements OpenFile {
  readonly #node: FileNode | FolderNode;
  /** The file of the base, open for reading; undefined: it was copied already, or is the guest's own. */
  readonly #lower: OpenFile | undefined;

  constructor(node: FileNode | FolderNode, lower: OpenFile | undefined) {
    this.#node = node;
    this.#lower = lower;
    if (node instanceof FileNode) node.opened();
  }

  stat(): FileStat {
    if (this.#lower !== undefined && !this.#file.copied) this.#file.refresh(this.#lower.stat());
    return this.#node.stat();
  }

  size(): number {
    return Number(this.stat().size);
  }

  read(buffers: readonly Uint8Array[], position: number): number {
    const file = this.#file;
    if (this.#lower !== undefined && !file.copied) return this.#lower.read(buffers, position);
    const { contents } = file;
    let at = Math.min(position, contents.length);
    const start = at;
    for (const buffer of buffers) {
      const part = contents.subarray(at, at + buffer.length);
      buffer.set(part);
      at += part.length;
    }
    return at - start;
  }

  write(buffers: readonly Uint8Array[], position: number): number {
    const file = this.#copied(Number.POSITIVE_INFINITY);
    const length = buffers.reduce((sum, buffer) => sum + buffer.length, 0);
    if (position + length > file.contents.length) file.resize(position + length);
    else file.touch();
    const { contents } = file;
    let at = position;
    for (const buffer of buffers) {
      contents.set(buffer, at);
      at += buffer.length;
    }
    return length;
  }

  truncate(size: number): void {
    this.#copied(size).resize(size);
  }

  /** It would be gone after the run in any case. */
  sync(): void {}

  setTimes(times: NewTimes): void {
    this.#node.setTimes(times);
  }

  close(): void {
    this.#lower?.close();
    if (this.#node instanceof FileNode) this.#node.closed();
  }

  get #file(): FileNode {
    return this.#node instanceof FileNode ? this.#node : fail('ISDIR');
  }

  #copied(most: number): FileNode {
    const file = this.#file;
    if (this.#lower !== undefined) file.copy(this.#lower, most);
    return file;
  }
}
