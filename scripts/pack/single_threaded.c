/* libstdc++'s headers ask glibc 2.32 and newer whether a process has one thread only, to count references without atomics. An older
   glibc has no such variable, and "no" is always true here: linked into the torch build, this keeps its floor where libtorch's is. */
__attribute__((visibility("hidden"))) char __libc_single_threaded = 0;
