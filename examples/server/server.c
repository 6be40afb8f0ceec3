/*
 * A web server: run it, then open http://127.0.0.1:8080/ in a browser. It counts its visitors, and ends after /quit.
 * The sandbox has opened the listener that sandbox.json lists; it is descriptor 5.
 */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define LISTENER 5

/* Until the empty line that ends the headers; the length, or 0 when the visitor hangs up or says too much. */
static size_t read_request(int connection, char *buffer, size_t size) {
  size_t length = 0;
  while (length + 1 < size) {
    ssize_t count = read(connection, buffer + length, size - 1 - length);
    if (count <= 0) return 0;
    length += (size_t)count;
    buffer[length] = 0;
    if (strstr(buffer, "\r\n\r\n")) return length;
  }
  return 0;
}

static void write_all(int connection, const char *text) {
  size_t left = strlen(text);
  while (left > 0) {
    ssize_t count = write(connection, text, left);
    if (count <= 0) return;
    text += count;
    left -= (size_t)count;
  }
}

int main(void) {
  puts("Waiting for visitors.");
  fflush(stdout);
  for (int visitors = 1;; visitors++) {
    int connection = accept(LISTENER, NULL, NULL);
    if (connection < 0) {
      perror("accept");
      return 1;
    }
    char request[4096];
    int quits = 0;
    if (read_request(connection, request, sizeof request) > 0) {
      quits = strncmp(request, "GET /quit ", 10) == 0;
      char body[64], response[256];
      snprintf(body, sizeof body, "You are visitor %d.\n", visitors);
      snprintf(response, sizeof response,
               "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n%s",
               strlen(body), body);
      write_all(connection, response);
      printf("%.*s\n", (int)strcspn(request, "\r"), request);
      fflush(stdout);
    }
    close(connection);
    if (quits) return 0;
  }
}
