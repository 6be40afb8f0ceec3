/** What a redirect makes of a request (RFC 9110 §15.4, and what all browsers do). The new URL is checked like the first one. */
import { fail } from '../../wasi/errno.ts';
import type { HttpRequest } from '../../wasi/httpRequest.ts';

export function isRedirect(status: number): boolean {
  return [301, 302, 303, 307, 308].includes(status);
}

export function redirected(
  request: HttpRequest,
  from: URL,
  { status, location }: { readonly status: number; readonly location: string },
): HttpRequest {
  const url = target(location, from);
  const { method } = request;
  const becomesGet =
    status === 303 ? method !== 'GET' && method !== 'HEAD' : method === 'POST' && (status === 301 || status === 302);
  const dropped = [
    ...(becomesGet ? CONTENT_HEADERS : []),
    // What one server was entrusted with is no business of another one.
    ...(url.origin === from.origin ? [] : SECRET_HEADERS),
  ];
  return {
    method: becomesGet ? 'GET' : method,
    url: url.href,
    headers: request.headers.filter(([name]) => !dropped.includes(name.toLowerCase())),
    body: becomesGet ? undefined : request.body,
  };
}

const CONTENT_HEADERS = ['content-encoding', 'content-language', 'content-location', 'content-type'];
const SECRET_HEADERS = ['authorization', 'cookie'];

function target(location: string, from: URL): URL {
  try {
    return new URL(location, from);
  } catch {
    return fail('PROTO');
  }
}
