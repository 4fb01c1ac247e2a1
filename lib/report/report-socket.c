/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "report/report-socket.h"

#include <errno.h>
#include <grp.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fatal-signal.h"
#include "openvswitch/vlog.h"
#include "socket-util.h"
#include "stream-fd.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(trumpet_report_socket);

/* OVS's "punix:" binds with mode 0770 and listens at once.  We stand between
 * the two: nobody can connect before listen(), and by then the mode is
 * ours. */

int
report_group_lookup(const char *name, gid_t *gid)
{
    struct group group, *result;
    char buffer[16384];
    int error;

    error = getgrnam_r(name, &group, buffer, sizeof buffer, &result);
    if (error) {
        return error;
    } else if (!result) {
        return ENOENT;
    }
    *gid = group.gr_gid;
    return 0;
}

int
report_socket_set_group(const char *path, const char *group)
{
    gid_t gid;
    int error;

    if (chmod(path, 0600)) {
        return errno;
    }
    if (!group || !group[0]) {
        return 0;
    }

    error = report_group_lookup(group, &gid);
    if (!error && (chown(path, -1, gid) || chmod(path, 0660))) {
        error = errno;
    }
    if (error) {
        VLOG_WARN("%s: cannot give the socket to group %s (%s), only its "
                  "user can connect", path, group,
                  error == ENOENT ? "no such group" : ovs_strerror(error));
    }
    return error;
}

static int
accept_watcher(int fd, const struct sockaddr_storage *ss OVS_UNUSED,
               size_t ss_len OVS_UNUSED, struct stream **streamp)
{
    return new_fd_stream(xstrdup("trumpet-watcher"), fd, 0, AF_UNIX, streamp);
}

int
report_socket_open(const char *path, const char *group,
                   struct pstream **pstreamp)
{
    struct stat s;
    int fd, error;

    *pstreamp = NULL;
    fd = make_unix_socket(SOCK_STREAM, true, path, NULL);
    if (fd < 0) {
        return -fd;
    }

    report_socket_set_group(path, group);
    if (stat(path, &s)) {
        error = errno;
    } else if (s.st_mode & 0117) {
        error = EPERM;
    } else {
        error = listen(fd, 64) ? errno : 0;
    }
    if (error) {
        close(fd);
        fatal_signal_unlink_file_now(path);
        return error;
    }
    return new_fd_pstream(xasprintf("punix:%s", path), fd, accept_watcher,
                          xstrdup(path), pstreamp);
}
