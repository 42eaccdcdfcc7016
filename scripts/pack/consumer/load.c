/* Loads a library as Node does, all symbols at once, and says with which glibc: run by an old C library's own loader. */
#include <dlfcn.h>
#include <gnu/libc-version.h>
#include <stdio.h>

int main(int count, char **names) {
  if (count < 2 || dlopen(names[1], RTLD_NOW) == NULL) {
    fprintf(stderr, "%s\n", count < 2 ? "name a library" : dlerror());
    return 1;
  }
  puts(gnu_get_libc_version());
  return 0;
}
