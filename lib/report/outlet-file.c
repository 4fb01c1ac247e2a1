/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "report/outlet-provider.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "report/report-socket.h"
#include "util.h"

/* An outlet that appends to a file, and begins a new one when it has become
 * large.  A file that somebody else renames or deletes, as logrotate(8) does,
 * is begun anew, too. */

struct outlet_file {
    const struct outlet_settings *settings;
    int fd;                     /* -1: not open. */
    uint64_t size;
    dev_t device;               /* Of the open file... */
    ino_t inode;
};

static void *
outlet_file_create(const struct outlet_settings *settings)
{
    struct outlet_file *file = xzalloc(sizeof *file);

    file->settings = settings;
    file->fd = -1;
    return file;
}

static void
close_file(struct outlet_file *file)
{
    if (file->fd >= 0) {
        close(file->fd);
        file->fd = -1;
    }
}

static void
outlet_file_destroy(void *file_)
{
    struct outlet_file *file = file_;

    close_file(file);
    free(file);
}

static char *
file_error(const struct outlet_file *file, const char *what, int error)
{
    return xasprintf("%s: %s (%s)", file->settings->path, what,
                     ovs_strerror(error));
}

/* Reports show who talks to whom: see report-socket.h. */
static char *
set_group(struct outlet_file *file)
{
    const char *group = file->settings->group;
    gid_t gid;
    int error;

    if (fchmod(file->fd, 0600)) {
        return file_error(file, "cannot set the mode", errno);
    }
    if (group && group[0]) {
        error = report_group_lookup(group, &gid);
        if (!error && (fchown(file->fd, -1, gid)
                       || fchmod(file->fd, 0640))) {
            error = errno;
        }
        if (error) {
            return xasprintf("%s: cannot give it to group %s (%s)",
                             file->settings->path, group,
                             error == ENOENT ? "no such group"
                             : ovs_strerror(error));
        }
    }
    return NULL;
}

/* A line that is incomplete, because the disk was full or the process died,
 * is ended, so that the next one is whole. */
static char *
end_last_line(struct outlet_file *file)
{
    char last;

    if (file->size
        && pread(file->fd, &last, 1, file->size - 1) == 1 && last != '\n') {
        if (write(file->fd, "\n", 1) != 1) {
            return file_error(file, "cannot write", errno);
        }
        file->size++;
    }
    return NULL;
}

static char *
open_file(struct outlet_file *file)
{
    const char *path = file->settings->path;
    struct stat s;
    char *error;

    file->fd = open(path, (O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW
                           | O_CLOEXEC | O_NONBLOCK), 0600);
    if (file->fd < 0) {
        return file_error(file, "cannot open", errno);
    }
    if (fstat(file->fd, &s)) {
        error = file_error(file, "cannot stat", errno);
    } else if (!S_ISREG(s.st_mode)) {
        error = xasprintf("%s: is not a regular file", path);
    } else {
        file->size = s.st_size;
        file->device = s.st_dev;
        file->inode = s.st_ino;
        error = set_group(file);
        if (!error) {
            error = end_last_line(file);
        }
    }
    if (error) {
        close_file(file);
    }
    return error;
}

static bool
is_still_there(const struct outlet_file *file)
{
    struct stat s;

    return (!lstat(file->settings->path, &s) && s.st_dev == file->device
            && s.st_ino == file->inode);
}

static char *
outlet_file_open(void *file_)
{
    struct outlet_file *file = file_;

    if (file->fd >= 0 && !is_still_there(file)) {
        close_file(file);
    }
    return file->fd < 0 ? open_file(file) : NULL;
}

/* PATH.N-1 becomes PATH.N, ..., PATH becomes PATH.1. */
static char *
rotate(struct outlet_file *file)
{
    const char *path = file->settings->path;
    char *to = NULL, *error = NULL;

    close_file(file);
    if (!file->settings->keep && unlink(path)) {
        error = file_error(file, "cannot delete", errno);
    }
    for (unsigned i = file->settings->keep; i > 0 && !error; i--) {
        char *from = (i > 1 ? xasprintf("%s.%u", path, i - 1)
                      : xstrdup(path));

        to = xasprintf("%s.%u", path, i);
        if (rename(from, to) && errno != ENOENT) {
            error = file_error(file, "cannot rename", errno);
        }
        free(from);
        free(to);
    }
    return error ? error : open_file(file);
}

static char *
outlet_file_write(void *file_, const char *lines, size_t n)
{
    struct outlet_file *file = file_;

    if (file->size && file->size + n > file->settings->max_size) {
        char *error = rotate(file);

        if (error) {
            return error;
        }
    }
    while (n > 0) {
        ssize_t done = write(file->fd, lines, n);

        if (done < 0) {
            char *error = file_error(file, "cannot write", errno);

            close_file(file);
            return error;
        }
        file->size += done;
        lines += done;
        n -= done;
    }
    return NULL;
}

const struct outlet_class outlet_file_class = {
    .create = outlet_file_create,
    .destroy = outlet_file_destroy,
    .open = outlet_file_open,
    .write = outlet_file_write,
};
