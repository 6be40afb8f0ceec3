/** HTTP between a guest and whoever performs its requests: plain data, and the checks on what a guest may put into it. */
import { type ErrnoName, fail } from './errno.ts';
import type { NetworkRefusal } from './networkPolicy.ts';

export interface HttpRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: readonly HttpHeader[];
  /** undefined: none. */
  readonly body: Uint8Array | undefined;
}

export type HttpHeader = readonly [name: string, value: string];

export type HttpReply =
  | {
      readonly kind: 'response';
      readonly status: number;
      /** Lines `name: value`, each with a line feed. */
      readonly headers: Uint8Array;
      readonly body: Uint8Array;
      /** Where redirects led to, as `host:port`. */
      readonly visited?: readonly string[];
    }
  | { readonly kind: 'refused'; readonly errno: 'ACCES' | 'FBIG'; readonly refusal: NetworkRefusal }
  | { readonly kind: 'failed'; readonly errno: ErrnoName };

/** Token characters (RFC 9110 §5.6.2). */
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** Visible characters, spaces, tabs and Latin-1 (RFC 9110 §5.5): no line breaks, which would begin another header. */
const FIELD_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
const MOST_HEADERS = 200;

/** These would turn the connection into something else than one request, or back at the server itself. */
const FORBIDDEN_METHODS = new Set(['CONNECT', 'TRACE', 'TRACK']);
/** Of the connection rather than of the request: the client sets them itself. */
const FORBIDDEN_HEADERS = new Set([
  'connection',
  'content-length',
  'expect',
  'host',
  'http2-settings',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Upper case, as servers want the usual ones. */
export function readMethod(text: string): string {
  const method = text === '' ? 'GET' : text.toUpperCase();
  return TOKEN.test(method) && !FORBIDDEN_METHODS.has(method) ? method : fail('INVAL');
}

/** Lines `Name: value`. */
export function readHeaders(text: string): HttpHeader[] {
  const lines = text.split(/\r?\n/).filter((line) => line !== '');
  if (lines.length > MOST_HEADERS) fail('TOOBIG');
  return lines.map((line) => {
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(colon, 0));
    const value = line.slice(colon + 1).trim();
    const forbidden = FORBIDDEN_HEADERS.has(name.toLowerCase()) || /^proxy-/i.test(name);
    return TOKEN.test(name) && FIELD_VALUE.test(value) && !forbidden ? [name, value] : fail('INVAL');
  });
}
