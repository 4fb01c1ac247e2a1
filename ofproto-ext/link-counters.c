/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "link-counters.h"

#include <linux/if_link.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>

#include <netlink/cache.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/route/qdisc.h>
#include <netlink/route/tc.h>

#include "hash.h"
#include "monitor/port-counters.h"
#include "openvswitch/hmap.h"
#include "socket-drops.h"
#include "timeval.h"
#include "util.h"

/* RTM_GETSTATS gives the counters alone.  RTM_GETLINK, of which libnl-route
 * would make a cache of objects, describes the whole interface with them,
 * which costs the kernel and us about 15 times as much.
 *
 * The kernel tells interfaces apart by numbers.  A name is looked up when its
 * number is not found any more, and otherwise from time to time, since an
 * interface may be renamed. */
#define LOOKUP_INTERVAL_MS 1000

/* No answer for so long is an error: the thread must be able to exit. */
#define TIMEOUT_S 1

struct link {
    struct hmap_node node;      /* In link_counters->links, by 'ifindex'. */
    char *name;
    bool reversed;
    size_t index;               /* In the readings. */
    int ifindex;                /* 0: there is none. */
    bool missing;               /* 'rx_missed' is the kernel's. */
    bool found;                 /* In the present reading. */
};

struct link_counters {
    struct nl_sock *sock;       /* Null if it is not connected. */
    struct hmap links;          /* struct link. */
    long long int lookup_ms;    /* When to look up names again. */
    struct socket_drops *drops;
    struct port_reading *readings;  /* Within link_counters_read(). */
};

struct link_counters *
link_counters_create(void)
{
    struct link_counters *lc = xzalloc(sizeof *lc);

    hmap_init(&lc->links);
    lc->drops = socket_drops_create();
    return lc;
}

static void
link_counters_disconnect(struct link_counters *lc)
{
    if (lc->sock) {
        nl_socket_free(lc->sock);
        lc->sock = NULL;
    }
}

void
link_counters_destroy(struct link_counters *lc)
{
    if (lc) {
        link_counters_disconnect(lc);
        link_counters_clear(lc);
        socket_drops_destroy(lc->drops);
        hmap_destroy(&lc->links);
        free(lc);
    }
}

void
link_counters_clear(struct link_counters *lc)
{
    struct link *link;

    HMAP_FOR_EACH_POP (link, node, &lc->links) {
        free(link->name);
        free(link);
    }
}

void
link_counters_add(struct link_counters *lc, const char *name, bool reversed,
                  size_t index)
{
    struct link *link = xzalloc(sizeof *link);

    link->name = xstrdup(name);
    link->reversed = reversed;
    link->index = index;
    hmap_insert(&lc->links, &link->node, 0);
    lc->lookup_ms = 0;
}

/* Looks up the numbers of all interfaces, and the sockets. */
static void
link_counters_lookup(struct link_counters *lc)
{
    struct hmap links = HMAP_INITIALIZER(&links);
    struct link *link;

    HMAP_FOR_EACH_POP (link, node, &lc->links) {
        link->ifindex = if_nametoindex(link->name);
        hmap_insert(&links, &link->node, hash_int(link->ifindex, 0));
    }
    hmap_swap(&links, &lc->links);
    hmap_destroy(&links);
    socket_drops_lookup(lc->drops);
    lc->lookup_ms = time_msec() + LOOKUP_INTERVAL_MS;
}

static struct link *
link_counters_find(const struct link_counters *lc, int ifindex)
{
    struct link *link;

    HMAP_FOR_EACH_WITH_HASH (link, node, hash_int(ifindex, 0), &lc->links) {
        if (link->ifindex == ifindex) {
            return link;
        }
    }
    return NULL;
}

static int
link_counters_connect(struct link_counters *lc)
{
    const struct timeval timeout = { .tv_sec = TIMEOUT_S };
    int error;

    if (lc->sock) {
        return 0;
    }
    lc->sock = nl_socket_alloc();
    if (!lc->sock) {
        return -NLE_NOMEM;
    }
    error = nl_connect(lc->sock, NETLINK_ROUTE);
    if (error) {
        link_counters_disconnect(lc);
        return error;
    }
    ignore(setsockopt(nl_socket_get_fd(lc->sock), SOL_SOCKET, SO_RCVTIMEO,
                      &timeout, sizeof timeout));
    return 0;
}

/* Interfaces. */

/* Stores what is not there yet. */
static void
put(struct port_reading *reading, enum port_counter counter, uint64_t value)
{
    if (!(reading->has & (1u << counter))) {
        reading->has |= 1u << counter;
        reading->values[counter] = value;
    }
}

static void
put_link_stats(struct port_reading *reading, struct link *link,
               const struct rtnl_link_stats64 *stats)
{
    link->found = true;
    link->missing = (!link->reversed
                     && !(reading->has & (1u << PORT_COUNTER_RX_MISSED)));
    if (link->reversed) {
        put(reading, PORT_COUNTER_RX_DROPPED, stats->tx_dropped);
        put(reading, PORT_COUNTER_RX_ERRORS, stats->tx_errors);
        put(reading, PORT_COUNTER_TX_DROPPED, stats->rx_dropped);
        put(reading, PORT_COUNTER_TX_ERRORS, stats->rx_errors);
    } else {
        put(reading, PORT_COUNTER_RX_DROPPED, stats->rx_dropped);
        put(reading, PORT_COUNTER_RX_ERRORS, stats->rx_errors);
        put(reading, PORT_COUNTER_RX_MISSED, stats->rx_missed_errors);
        put(reading, PORT_COUNTER_TX_DROPPED, stats->tx_dropped);
        put(reading, PORT_COUNTER_TX_ERRORS, stats->tx_errors);
    }
}

static int
receive_link_stats(struct nl_msg *msg, void *lc_)
{
    struct link_counters *lc = lc_;
    struct nlmsghdr *nlh = nlmsg_hdr(msg);
    struct if_stats_msg *ifsm = nlmsg_data(nlh);
    struct rtnl_link_stats64 stats;
    struct nlattr *attr;
    struct link *link;

    if (nlh->nlmsg_type != RTM_NEWSTATS
        || !nlmsg_valid_hdr(nlh, sizeof *ifsm)) {
        return NL_SKIP;
    }
    link = link_counters_find(lc, ifsm->ifindex);
    attr = nlmsg_find_attr(nlh, sizeof *ifsm, IFLA_STATS_LINK_64);
    if (link && attr) {
        memset(&stats, 0, sizeof stats);
        memcpy(&stats, nla_data(attr), MIN(nla_len(attr), sizeof stats));
        put_link_stats(&lc->readings[link->index], link, &stats);
    }
    return NL_OK;
}

static int
read_links(struct link_counters *lc)
{
    struct if_stats_msg ifsm = {
        .filter_mask = IFLA_STATS_FILTER_BIT(IFLA_STATS_LINK_64),
    };
    int error;

    nl_socket_modify_cb(lc->sock, NL_CB_VALID, NL_CB_CUSTOM,
                        receive_link_stats, lc);
    error = nl_send_simple(lc->sock, RTM_GETSTATS, NLM_F_DUMP, &ifsm,
                           sizeof ifsm);
    if (error >= 0) {
        error = nl_recvmsgs_default(lc->sock);
    }
    nl_socket_modify_cb(lc->sock, NL_CB_VALID, NL_CB_DEFAULT, NULL, NULL);

    /* If interfaces came and went meanwhile, what was read is right. */
    return error == -NLE_DUMP_INTR ? 0 : MIN(error, 0);
}

/* Adds what a socket of ours, bound to 'ifindex', had no room for. */
static void
add_socket_drops(int ifindex, uint32_t drops, void *lc_)
{
    struct link_counters *lc = lc_;
    const struct link *link = link_counters_find(lc, ifindex);

    if (link && link->found && link->missing) {
        lc->readings[link->index].values[PORT_COUNTER_RX_MISSED] += drops;
    }
}

/* Queueing disciplines. */

/* Adds those of the interface itself: a discipline within another one passes
 * what it drops on to that. */
static void
put_qdisc(struct nl_object *object, void *lc_)
{
    struct link_counters *lc = lc_;
    struct rtnl_tc *tc = TC_CAST(object);
    const struct link *link = link_counters_find(lc, rtnl_tc_get_ifindex(tc));
    uint32_t parent = rtnl_tc_get_parent(tc);

    if (link && (parent == TC_H_ROOT || parent == TC_H_INGRESS)) {
        uint64_t *values = lc->readings[link->index].values;

        values[PORT_COUNTER_QDISC_DROPS] += rtnl_tc_get_stat(tc,
                                                             RTNL_TC_DROPS);
        values[PORT_COUNTER_QDISC_BACKLOG]
            += rtnl_tc_get_stat(tc, RTNL_TC_BACKLOG);
    }
}

static int
read_qdiscs(struct link_counters *lc)
{
    struct nl_cache *cache;
    struct link *link;
    int error;

    error = rtnl_qdisc_alloc_cache(lc->sock, &cache);
    if (error) {
        return error;
    }
    nl_cache_foreach(cache, put_qdisc, lc);
    nl_cache_free(cache);

    /* Who has no discipline drops nothing there. */
    HMAP_FOR_EACH (link, node, &lc->links) {
        if (link->found) {
            lc->readings[link->index].has |= (1u << PORT_COUNTER_QDISC_DROPS
                                              | 1u
                                              << PORT_COUNTER_QDISC_BACKLOG);
        }
    }
    return 0;
}

const char *
link_counters_read(struct link_counters *lc, struct port_reading *readings)
{
    struct link *link;
    int error;

    if (hmap_is_empty(&lc->links)) {
        return NULL;
    }
    if (time_msec() >= lc->lookup_ms) {
        link_counters_lookup(lc);
    }
    HMAP_FOR_EACH (link, node, &lc->links) {
        link->found = false;
    }

    lc->readings = readings;
    error = link_counters_connect(lc);
    if (!error) {
        error = read_links(lc);
    }
    if (!error) {
        socket_drops_read(lc->drops, add_socket_drops, lc);
        error = read_qdiscs(lc);
    }
    lc->readings = NULL;

    HMAP_FOR_EACH (link, node, &lc->links) {
        if (link->ifindex && !link->found) {
            lc->lookup_ms = 0;
        }
    }
    if (error) {
        /* What was not received yet must not answer the next request. */
        link_counters_disconnect(lc);
        return nl_geterror(error);
    }
    return NULL;
}
