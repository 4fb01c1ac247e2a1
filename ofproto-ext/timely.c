/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "timely.h"

#include <errno.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "timeval.h"
#include "unix-clock.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(trumpet_timely);

/* Forwarding comes first, but who is late loses data. */
#define TIMELY_NICE -5

void
timely_init(struct timely *timer)
{
    timer->fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
}

void
timely_uninit(struct timely *timer)
{
    if (timer->fd >= 0) {
        close(timer->fd);
    }
}

/* Arms the timer for 'when_us', a time of the kernel's monotonic clock. */
static bool
timely_arm(const struct timely *timer, long long int when_us)
{
    struct itimerspec its;

    memset(&its, 0, sizeof its);
    nsec_to_timespec(MAX(1, when_us) * 1000, &its.it_value);
    return (timer->fd >= 0
            && !timerfd_settime(timer->fd, TFD_TIMER_ABSTIME, &its, NULL));
}

void
timely_wait(const struct timely *timer, long long int when_us)
{
    if (!unix_clock_is_warped() && timely_arm(timer, when_us)) {
        poll_fd_wait(timer->fd, POLLIN);
    } else {
        /* A warped clock wakes poll_block() by itself. */
        poll_timer_wait_until(DIV_ROUND_UP(when_us, 1000));
    }
}

void
timely_raise_priority(void)
{
    pid_t tid = syscall(SYS_gettid);

    if (setpriority(PRIO_PROCESS, tid, TIMELY_NICE)) {
        VLOG_DBG("could not raise priority: %s", ovs_strerror(errno));
    }
}
