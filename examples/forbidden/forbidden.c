// Tries twenty things that sandbox.json does not grant. Each is refused, each refusal is a problem on its line with a quick
// fix (the light bulb, or Ctrl+.), and the program goes on to its end all the same.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sandbox_http.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int refused = 0;

static void tell(const char *what, int allowed) {
  printf("%-36s %s\n", what, allowed ? "allowed" : strerror(errno));
  if (!allowed) refused++;
}

// The result of a call that gives 0, or -1 when it fails.
static void did(const char *what, int result) {
  tell(what, result == 0);
}

// A descriptor that was opened, or -1.
static void opened(const char *what, int descriptor) {
  tell(what, descriptor >= 0);
  if (descriptor >= 0) close(descriptor);
}

static void read_what_is_not_granted(void) {
  FILE *users = fopen("/etc/passwd", "r"); // @bp absolute
  tell("read an absolute path", users != NULL);
  if (users) fclose(users);
  opened("read a relative path", open("private/letter.txt", O_RDONLY)); // @bp relative
  opened("read above the folder", open("../README.md", O_RDONLY)); // @bp parent
  opened("read through a link", open("public/shortcut.txt", O_RDONLY)); // @bp through-link
  opened("read what may only be written", open("dropbox/report.txt", O_RDONLY)); // @bp read-back
  struct stat status;
  did("ask for the size of a file", stat("private/ledger.txt", &status)); // @bp stat
  DIR *folder = opendir("private"); // @bp list
  tell("list a folder", folder != NULL);
  if (folder) closedir(folder);
}

static void write_what_is_not_granted(void) {
  opened("write a file", open("private/plan.txt", O_WRONLY)); // @bp write
  opened("write what may only be read", open("public/notice.txt", O_WRONLY)); // @bp write-read-only
  opened("create a file", open("private/new.txt", O_CREAT | O_WRONLY, 0644)); // @bp create
  did("change the time of a file", utimensat(AT_FDCWD, "private/ledger.txt", NULL, 0)); // @bp time
}

static void change_folders(void) {
  did("delete a file", unlink("private/old.txt")); // @bp delete
  did("rename a file", rename("private/draft.txt", "private/final.txt")); // @bp rename
  did("make a second name for a file", link("private/ledger.txt", "private/copy.txt")); // @bp link
  did("make a link to a file", symlink("diary.txt", "private/latest.txt")); // @bp symlink
  did("make a folder", mkdir("private/archive", 0755)); // @bp make-folder
  did("remove a folder", rmdir("private/attic")); // @bp remove-folder
}

static void ask_the_network(void) {
  sandbox_http_response response;
  int error = sandbox_http_get("http://127.0.0.1:9/", &response); // @bp network
  if (error == 0) sandbox_http_free(&response);
  // Once it is granted there is still nobody who answers at that address.
  errno = error;
  tell("ask a web server", error == 0 || error == ECONNREFUSED);
}

static void use_more_than_the_limits(void) {
  int files[3], count = 0;
  while (count < 3 && (files[count] = open("public/notice.txt", O_RDONLY)) >= 0) count++; // @bp open-files
  tell("have three files open", count == 3);
  while (count > 0) close(files[--count]);

  char text[1500];
  memset(text, '.', sizeof text);
  int report = open("dropbox/report.txt", O_WRONLY);
  did("write a large file", write(report, text, sizeof text) == sizeof text ? 0 : -1); // @bp file-size
  close(report);
}

int main(void) {
  read_what_is_not_granted();
  write_what_is_not_granted();
  change_folders();
  ask_the_network();
  use_more_than_the_limits();
  printf("%d of 20 were refused.\n", refused);
  return 0;
}
