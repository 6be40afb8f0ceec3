/**
 * HTTP for guests of the sandbox. List the address in sandbox.json under "network.allow", and ask:
 *
 *     import { get } from "sandbox-http";
 *     const response = get("https://api.example.com/items");
 *     if (response.error == 0) console.log(response.text());
 *
 * `error` is an errno of WASI: 2 (ACCES) when sandbox.json does not allow it, 73 (TIMEDOUT), 14 (CONNREFUSED), 23
 * (HOSTUNREACH), … The documentation is in docs/network.md.
 */

// @ts-ignore: decorator
@external("sandbox_http", "request")
declare function hostRequest(
  method: usize,
  methodLength: usize,
  url: usize,
  urlLength: usize,
  headers: usize,
  headersLength: usize,
  body: usize,
  bodyLength: usize,
  head: usize,
): u32;

// @ts-ignore: decorator
@external("sandbox_http", "read")
declare function hostRead(handle: u32, buffer: usize, length: usize, read: usize): u32;

// @ts-ignore: decorator
@external("sandbox_http", "close")
declare function hostClose(handle: u32): u32;

export class Response {
  constructor(
    /** 0, or why there is no response. */
    readonly error: u32,
    readonly status: u32,
    /** Lines `name: value`, names in lower case. */
    readonly headers: string,
    readonly body: ArrayBuffer,
  ) {}

  get ok(): bool {
    return this.error == 0 && this.status >= 200 && this.status < 300;
  }

  /** The body as UTF-8. */
  text(): string {
    return String.UTF8.decode(this.body);
  }

  /** The first header of that name, in any case; null: there is none. */
  header(name: string): string | null {
    const wanted = name.toLowerCase();
    const lines = this.headers.split("\n");
    for (let i = 0; i < lines.length; i++) {
      const colon = lines[i].indexOf(":");
      if (colon > 0 && lines[i].substring(0, colon) == wanted) return lines[i].substring(colon + 1).trim();
    }
    return null;
  }
}

/** Blocks until all of the response has arrived. `headers` are lines `Name: value`. */
export function request(method: string, url: string, headers: string = "", body: ArrayBuffer | null = null): Response {
  const methodBytes = String.UTF8.encode(method);
  const urlBytes = String.UTF8.encode(url);
  const headerBytes = String.UTF8.encode(headers);
  // handle, status, length of the headers, length of the body
  const head = new StaticArray<u32>(4);
  const error = hostRequest(
    changetype<usize>(methodBytes),
    methodBytes.byteLength,
    changetype<usize>(urlBytes),
    urlBytes.byteLength,
    changetype<usize>(headerBytes),
    headerBytes.byteLength,
    body === null ? 0 : changetype<usize>(body),
    body === null ? 0 : body.byteLength,
    changetype<usize>(head),
  );
  if (error != 0) return new Response(error, 0, "", new ArrayBuffer(0));
  const headerLines = take(head[0], head[2]);
  const content = take(head[0], head[3]);
  hostClose(head[0]);
  return new Response(0, head[1], String.UTF8.decode(headerLines), content);
}

export function get(url: string, headers: string = ""): Response {
  return request("GET", url, headers);
}

export function post(url: string, body: string, contentType: string = "application/json"): Response {
  return request("POST", url, "Content-Type: " + contentType, String.UTF8.encode(body));
}

function take(handle: u32, length: u32): ArrayBuffer {
  const buffer = new ArrayBuffer(length);
  const read = new StaticArray<u32>(1);
  if (length > 0) hostRead(handle, changetype<usize>(buffer), length, changetype<usize>(read));
  return buffer;
}
