/* A clock for tests, preloaded into a program: the time of day is what the file that POLICYC_CLOCK names says, as seconds since 1970
   in 64 bits. It stands still until another program writes a later time there. Time that only ever passes, by which
   programs measure how long something takes, goes on. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static volatile int64_t *now;

__attribute__((constructor)) static void begin(void) {
  const char *path = getenv("POLICYC_CLOCK");
  int file = path ? open(path, O_RDONLY) : -1;
  void *map = file < 0 ? MAP_FAILED : mmap(NULL, sizeof *now, PROT_READ, MAP_SHARED, file, 0);
  if (map == MAP_FAILED) _exit(77);
  now = map;
}

int clock_gettime(clockid_t clock, struct timespec *time) {
  if (!now || (clock != CLOCK_REALTIME && clock != CLOCK_REALTIME_COARSE)) return syscall(SYS_clock_gettime, clock, time);
  time->tv_sec = *now;
  time->tv_nsec = 0;
  return 0;
}

int gettimeofday(struct timeval *restrict time, void *restrict zone) {
  (void)zone;
  struct timespec found;
  clock_gettime(CLOCK_REALTIME, &found);
  time->tv_sec = found.tv_sec;
  time->tv_usec = found.tv_nsec / 1000;
  return 0;
}

time_t time(time_t *seconds) {
  struct timespec found;
  clock_gettime(CLOCK_REALTIME, &found);
  if (seconds) *seconds = found.tv_sec;
  return found.tv_sec;
}
