/*
 * Asks for web pages. sandbox.json grants one address; the other one is refused, and shown with the line that asked.
 * An address of your own: run fetch.c -- http://localhost:8080/
 */
#include <sandbox_http.h>
#include <stdio.h>
#include <string.h>

static void show(const char *url) {
  sandbox_http_response response;
  int error = sandbox_http_get(url, &response);
  if (error != 0) {
    printf("%s: %s\n", url, strerror(error));
    return;
  }
  printf("%s: status %u, %zu bytes\n", url, (unsigned)response.status, response.body_length);
  printf("%.*s\n", response.body_length < 200 ? (int)response.body_length : 200, response.body);
  sandbox_http_free(&response);
}

int main(int argc, char **argv) {
  if (argc < 2) {
    show("https://example.com/");
    show("https://example.org/");
  }
  for (int i = 1; i < argc; i++) show(argv[i]);
  return 0;
}
