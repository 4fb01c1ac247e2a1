/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

/* The packet variables.  A row is
 *
 *     VARIABLE(ID, "name", LAYER, "unit", "what it is per packet")
 *
 * LAYER says which state a variable needs: PACKET (the packet alone), FLOW
 * (the 5-tuple's earlier packets), TCP (both directions of a connection).
 * The language reference in docs/ is generated from this table. */
VARIABLE(BYTES, "bytes", PACKET, "bytes",
         "length of the frame from the Ethernet header on")
VARIABLE(PACKETS, "packets", PACKET, "packets", "1")
VARIABLE(VOLUME, "volume", PACKET, "bytes",
         "L4 payload by the IP lengths, padding excluded; of a later fragment "
         "of TCP or UDP its IP payload; 0 where it is neither TCP nor UDP")
VARIABLE(TTL, "ttl", PACKET, "hops",
         "IPv4 TTL or IPv6 hop limit; undefined without IP")
VARIABLE(DSCP, "dscp", PACKET, "",
         "6-bit DSCP; undefined without IP")
VARIABLE(ECN, "ecn", PACKET, "0 or 1",
         "1 if the ECN field is CE, else 0; undefined without IP")
VARIABLE(RWND, "rwnd", TCP, "bytes",
         "advertised window, scaled if both SYNs were seen to allow it; "
         "undefined without TCP")
VARIABLE(IS_SYN, "is_syn", PACKET, "0 or 1", "1 if TCP's SYN is set")
VARIABLE(IS_FIN, "is_fin", PACKET, "0 or 1", "1 if TCP's FIN is set")
VARIABLE(IS_RST, "is_rst", PACKET, "0 or 1", "1 if TCP's RST is set")
VARIABLE(IS_LOST, "is_lost", TCP, "0 or 1",
         "1 if the segment was sent before, so it was lost on the way")
VARIABLE(IS_BURST, "is_burst", FLOW, "0 or 1",
         "1 from the 4th packet of a run in which each packet of the 5-tuple "
         "came at most 100 us after the one before")
VARIABLE(RTT, "rtt", TCP, "us",
         "time from a timed segment to its acknowledgment; undefined but for "
         "packets that yield a sample")
#undef VARIABLE
