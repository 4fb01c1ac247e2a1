/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "socket-drops.h"

#include <dirent.h>
#include <linux/packet_diag.h>
#include <linux/sock_diag.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <netlink/msg.h>
#include <netlink/netlink.h>

#include "monitor/compare.h"
#include "util.h"

/* The kernel tells of the packet sockets of all processes, each with the
 * number of its inode.  Those of this process are found in /proc/self/fd. */

/* No answer for so long is an error: the thread must be able to exit. */
#define TIMEOUT_S 1

struct socket_drops {
    struct nl_sock *sock;       /* Null if the kernel does not help. */
    uint32_t *inodes;           /* Of our sockets, in order. */
    size_t n_inodes;
    size_t allocated_inodes;

    socket_drops_cb *cb;        /* Within socket_drops_read(). */
    void *aux;
};

static void
socket_drops_disconnect(struct socket_drops *sd)
{
    if (sd->sock) {
        nl_socket_free(sd->sock);
        sd->sock = NULL;
    }
}

struct socket_drops *
socket_drops_create(void)
{
    const struct timeval timeout = { .tv_sec = TIMEOUT_S };
    struct socket_drops *sd = xzalloc(sizeof *sd);

    sd->sock = nl_socket_alloc();
    if (sd->sock && nl_connect(sd->sock, NETLINK_SOCK_DIAG)) {
        socket_drops_disconnect(sd);
    }
    if (sd->sock) {
        ignore(setsockopt(nl_socket_get_fd(sd->sock), SOL_SOCKET, SO_RCVTIMEO,
                          &timeout, sizeof timeout));
    }
    return sd;
}

void
socket_drops_destroy(struct socket_drops *sd)
{
    if (sd) {
        socket_drops_disconnect(sd);
        free(sd->inodes);
        free(sd);
    }
}

void
socket_drops_lookup(struct socket_drops *sd)
{
    DIR *dir = opendir("/proc/self/fd");
    struct dirent *de;

    sd->n_inodes = 0;
    while (dir && (de = readdir(dir))) {    /* NOLINT: 'dir' is ours. */
        char target[64];
        ssize_t n = readlinkat(dirfd(dir), de->d_name, target,
                               sizeof target - 1);
        unsigned int inode;

        target[MAX(n, 0)] = '\0';
        if (ovs_scan(target, "socket:[%u]", &inode)) {
            if (sd->n_inodes >= sd->allocated_inodes) {
                sd->inodes = x2nrealloc(sd->inodes, &sd->allocated_inodes,
                                        sizeof *sd->inodes);
            }
            sd->inodes[sd->n_inodes++] = inode;
        }
    }
    if (dir) {
        closedir(dir);
    }
    if (sd->n_inodes) {
        qsort(sd->inodes, sd->n_inodes, sizeof *sd->inodes, compare_u32);
    }
}

static bool
is_ours(const struct socket_drops *sd, uint32_t inode)
{
    return (sd->n_inodes
            && bsearch(&inode, sd->inodes, sd->n_inodes, sizeof inode,
                       compare_u32));
}

static int
receive_socket(struct nl_msg *msg, void *sd_)
{
    const struct socket_drops *sd = sd_;
    struct nlmsghdr *nlh = nlmsg_hdr(msg);
    const struct packet_diag_msg *pdm = nlmsg_data(nlh);
    struct packet_diag_info info;
    struct nlattr *info_attr, *memory_attr;
    uint32_t memory[SK_MEMINFO_VARS];

    if (nlh->nlmsg_type != SOCK_DIAG_BY_FAMILY
        || !nlmsg_valid_hdr(nlh, sizeof *pdm)
        || !is_ours(sd, pdm->pdiag_ino)) {
        return NL_SKIP;
    }
    info_attr = nlmsg_find_attr(nlh, sizeof *pdm, PACKET_DIAG_INFO);
    memory_attr = nlmsg_find_attr(nlh, sizeof *pdm, PACKET_DIAG_MEMINFO);
    if (!info_attr || nla_len(info_attr) < sizeof info
        || !memory_attr || nla_len(memory_attr) < sizeof memory) {
        return NL_SKIP;
    }
    memcpy(&info, nla_data(info_attr), sizeof info);
    memcpy(memory, nla_data(memory_attr), sizeof memory);
    sd->cb(info.pdi_index, memory[SK_MEMINFO_DROPS], sd->aux);
    return NL_OK;
}

void
socket_drops_read(struct socket_drops *sd, socket_drops_cb *cb, void *aux)
{
    struct packet_diag_req request = {
        .sdiag_family = AF_PACKET,
        .pdiag_show = PACKET_SHOW_INFO | PACKET_SHOW_MEMINFO,
    };
    int error;

    if (!sd->sock) {
        return;
    }
    sd->cb = cb;
    sd->aux = aux;
    nl_socket_modify_cb(sd->sock, NL_CB_VALID, NL_CB_CUSTOM, receive_socket,
                        sd);
    error = nl_send_simple(sd->sock, SOCK_DIAG_BY_FAMILY, NLM_F_DUMP,
                           &request, sizeof request);
    if (error >= 0) {
        error = nl_recvmsgs_default(sd->sock);
    }
    if (error < 0 && error != -NLE_DUMP_INTR) {
        /* This kernel has no packet_diag. */
        socket_drops_disconnect(sd);
    }
}
