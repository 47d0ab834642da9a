// Preloaded, it says a time before 1970 while there is a file at $WRONG_CLOCK.

#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int clock_gettime(clockid_t clock, struct timespec *time) {
    int result = (int)syscall(SYS_clock_gettime, clock, time);
    const char *wrong = getenv("WRONG_CLOCK");
    if (clock == CLOCK_REALTIME && wrong && access(wrong, F_OK) == 0) time->tv_sec -= 3000000000;
    return result;
}
