/*
 * HTTP for guests of the sandbox. No library to link: include this header, list the address in sandbox.json under
 * "network.allow", and ask:
 *
 *     sandbox_http_response response;
 *     int error = sandbox_http_get("https://api.example.com/items", &response);
 *     if (error == 0) {
 *       printf("%u: %.*s\n", response.status, (int)response.body_length, response.body);
 *       sandbox_http_free(&response);
 *     }
 *
 * Errors are numbers of <errno.h>: EACCES when sandbox.json does not allow it, ETIMEDOUT, ECONNREFUSED, EHOSTUNREACH, ...
 * The documentation is in docs/network.md.
 */
#ifndef SANDBOX_HTTP_H
#define SANDBOX_HTTP_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SANDBOX_HTTP_IMPORT(name) __attribute__((__import_module__("sandbox_http"), __import_name__(name)))

/* What the host says of a response: 16 bytes. */
typedef struct sandbox_http_head {
  /* For read and close. */
  uint32_t handle;
  uint32_t status;
  /* Bytes of the header lines, which come first. */
  uint32_t headers_length;
  /* Bytes of the body, which follows them. */
  uint32_t body_length;
} sandbox_http_head;

/*
 * Sends a request and blocks until all of the response has arrived. `headers` are lines "Name: value"; none is fine, and
 * so is no body. Returns 0 or a number of <errno.h>.
 */
SANDBOX_HTTP_IMPORT("request")
uint32_t sandbox_http_request(const char *method, size_t method_length, const char *url, size_t url_length,
                              const char *headers, size_t headers_length, const void *body, size_t body_length,
                              sandbox_http_head *head);

/* The next bytes of a response, the header lines first. 0 bytes: that was all. */
SANDBOX_HTTP_IMPORT("read")
uint32_t sandbox_http_read(uint32_t handle, void *buffer, size_t length, size_t *read);

/* Until it is closed, a response counts as a connection. */
SANDBOX_HTTP_IMPORT("close")
uint32_t sandbox_http_close(uint32_t handle);

/* A whole response in memory of malloc. Give it back with sandbox_http_free. */
typedef struct sandbox_http_response {
  uint32_t status;
  /* Lines "name: value\n", names in lower case; a NUL follows. */
  char *headers;
  size_t headers_length;
  /* A NUL follows, which does not count. */
  char *body;
  size_t body_length;
} sandbox_http_response;

static inline void sandbox_http_free(sandbox_http_response *response) {
  free(response->headers);
  memset(response, 0, sizeof *response);
}

/* Sends a request whose texts end with a NUL, and fetches the response. `headers` and `body` may be NULL. */
static inline int sandbox_http_fetch(const char *method, const char *url, const char *headers, const void *body,
                                     size_t body_length, sandbox_http_response *response) {
  sandbox_http_head head;
  size_t read = 0;
  char *bytes;
  uint32_t error;
  memset(response, 0, sizeof *response);
  error = sandbox_http_request(method, strlen(method), url, strlen(url), headers, headers ? strlen(headers) : 0, body,
                               body_length, &head);
  if (error != 0) return (int)error;
  bytes = (char *)malloc((size_t)head.headers_length + head.body_length + 2);
  if (bytes == NULL) {
    sandbox_http_close(head.handle);
    return 48; /* ENOMEM */
  }
  error = sandbox_http_read(head.handle, bytes, head.headers_length, &read);
  if (error == 0) error = sandbox_http_read(head.handle, bytes + head.headers_length + 1, head.body_length, &read);
  sandbox_http_close(head.handle);
  if (error != 0) {
    free(bytes);
    return (int)error;
  }
  bytes[head.headers_length] = 0;
  bytes[(size_t)head.headers_length + 1 + head.body_length] = 0;
  response->status = head.status;
  response->headers = bytes;
  response->headers_length = head.headers_length;
  response->body = bytes + head.headers_length + 1;
  response->body_length = head.body_length;
  return 0;
}

static inline int sandbox_http_get(const char *url, sandbox_http_response *response) {
  return sandbox_http_fetch("GET", url, NULL, NULL, 0, response);
}

#ifdef __cplusplus
}
#endif

#endif
