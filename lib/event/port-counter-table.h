/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

/* The counters of a port.  A row is
 *
 *     PORT_COUNTER(ID, "name", "unit", "what it counts")
 *
 * A port has those that its kind of interface counts.  All but QDISC_BACKLOG
 * only grow, and their change is looked at; QDISC_BACKLOG is a level.  The
 * language reference in docs/ is generated from this table. */
PORT_COUNTER(RX_DROPPED, "rx_dropped", "packets",
             "received and dropped before the switch read them")
PORT_COUNTER(RX_ERRORS, "rx_errors", "packets",
             "received with an error")
PORT_COUNTER(RX_MISSED, "rx_missed", "packets",
             "for which the NIC, or the socket of the switch, had no room")
PORT_COUNTER(RX_NOMBUF, "rx_nombuf", "packets",
             "received for which there was no mbuf (DPDK)")
PORT_COUNTER(TX_DROPPED, "tx_dropped", "packets",
             "dropped by the interface on transmission")
PORT_COUNTER(TX_ERRORS, "tx_errors", "packets",
             "not transmitted because of an error")
PORT_COUNTER(TX_FAILED, "tx_failed", "packets",
             "that the interface's queue did not take (DPDK)")
PORT_COUNTER(QDISC_DROPS, "qdisc_drops", "packets",
             "dropped by the interface's queueing discipline")
PORT_COUNTER(QDISC_BACKLOG, "qdisc_backlog", "bytes",
             "waiting in the interface's queueing discipline: the largest "
             "sample, not a change")
#undef PORT_COUNTER
