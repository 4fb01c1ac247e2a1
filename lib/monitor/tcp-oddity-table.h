/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

/* What a sound connection does not do, and a forged segment mostly does.
 *
 *     TCP_ODDITY(ID, "name", "what it means")
 *
 * The bounds are those of RFC 9293, section 3.10.7.4, and RFC 5961, sections
 * 3 to 5, made wide enough for an observer between the two ends: see
 * tcp-flow.c.  They are about the flow's own direction, but for
 * acknowledgments, which are those of it. */
TCP_ODDITY(FLAGS, "flags_invalid",
           "two of SYN, FIN and RST at once, or none of SYN, RST and ACK")
TCP_ODDITY(SYN, "syn_in_connection",
           "a SYN of another number begins a new connection although both "
           "ends were heard and neither sent FIN or RST")
TCP_ODDITY(SEQ_ABOVE, "seq_above_window",
           "begins further beyond the highest acknowledgment than the "
           "largest window")
TCP_ODDITY(SEQ_BELOW, "seq_below_window",
           "begins further below the highest sequence end than the largest "
           "window")
TCP_ODDITY(RST, "rst_out_of_window",
           "a RST whose number is out of the window, above or below")
TCP_ODDITY(ACK_UNSENT, "ack_unsent",
           "acknowledges what was not sent yet")
TCP_ODDITY(ACK_OLD, "ack_old",
           "acknowledges less than the highest acknowledgment minus the "
           "largest window")
#undef TCP_ODDITY
