# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors
"""One packet: its headers, read as Open vSwitch's flow extraction reads them.

Two lengths matter.  Lengths in headers are checked against the length on the
wire; a header is present only if the capture holds all of it.  (For Ethernet,
VLAN tags and LLC, whose own bytes are all there is to check, "present in the
capture" is the stronger of the two.)
"""

ETH_HEADER_LEN = 14
ETH_TYPE_MIN = 0x600
ETH_TYPE_NONE = 0x5ff           # OVS: a frame without an Ethernet type.
ETH_TYPE_IP = 0x0800
ETH_TYPE_IPV6 = 0x86dd
ETH_TYPES_VLAN = (0x8100, 0x88a8)
MAX_VLANS = 2

TCP, UDP, SCTP = 6, 17, 132
HOPOPTS, ROUTING, FRAGMENT, AH, DSTOPTS = 0, 43, 44, 51, 60

FIN, SYN, RST, ACK = 0x01, 0x02, 0x04, 0x10


class Packet:
    """Everything a trigger can ask about one packet.

    'family' is 4, 6 or None; where it is None the packet is not IP and no
    address, protocol or port stands.  'tcp' is None unless there is a TCP
    header that can be read."""

    def __init__(self, wire, time_ns=0, in_port=None, tun_id=None):
        self.wire = wire
        self.time_ns = time_ns
        self.in_port = in_port
        self.tun_id = tun_id
        self.valid = wire >= ETH_HEADER_LEN
        self.vlan = None        # VID of the outer tag.
        self.dl_type = ETH_TYPE_NONE
        self.family = None
        self.src = self.dst = None
        self.ttl = self.tos = None
        self.proto = None
        self.later_fragment = False
        self.sport = self.dport = 0
        self.volume = 0
        self.tcp = None

        # What depends on other packets: see tcp.Trace.
        self.flow = None
        self.is_lost = 0
        self.is_burst = 0
        self.rwnd = None


class Tcp:
    """A TCP header and the payload that the IP lengths say follows it."""

    def __init__(self, header, payload):
        self.seq = int.from_bytes(header[4:8], 'big')
        self.ack = int.from_bytes(header[8:12], 'big')
        self.flags = header[13]
        self.window = int.from_bytes(header[14:16], 'big')
        self.options = header[20:]
        self.payload = payload


def u16(data, offset):
    return int.from_bytes(data[offset:offset + 2], 'big')


def parse(data, wire, **where):
    """Returns the Packet for the frame of 'wire' bytes of which 'data' was
    captured.  'where' is what the frame itself does not tell: time_ns,
    in_port, tun_id."""
    packet = Packet(wire, **where)
    data = data[:wire]
    if len(data) < ETH_HEADER_LEN:
        return packet

    offset = 12
    tags = 0
    while u16(data, offset) in ETH_TYPES_VLAN and tags < MAX_VLANS:
        if len(data) - offset < 6:      # The tag, and the type behind it.
            break
        if tags == 0:
            packet.vlan = u16(data, offset + 2) & 0xfff
        tags += 1
        offset += 4

    packet.dl_type, offset = parse_type(data, offset)
    if packet.dl_type == ETH_TYPE_IP:
        parse_ipv4(packet, data, offset)
    elif packet.dl_type == ETH_TYPE_IPV6:
        parse_ipv6(packet, data, offset)
    return packet


def parse_type(data, offset):
    """Returns the Ethernet type and the offset of what follows it; looks
    through LLC and SNAP."""
    dl_type = u16(data, offset)
    offset += 2
    if dl_type >= ETH_TYPE_MIN:
        return dl_type, offset
    llc = data[offset:offset + 8]
    if len(llc) < 8 or llc[:6] != b'\xaa\xaa\x03\0\0\0':
        return ETH_TYPE_NONE, offset
    dl_type = u16(llc, 6)
    if dl_type >= ETH_TYPE_MIN:
        return dl_type, offset + 8
    return ETH_TYPE_NONE, offset + 8


def parse_ipv4(packet, data, offset):
    """Fills in 'packet', or leaves it non-IP."""
    size = packet.wire - offset
    header = data[offset:]
    if size < 20 or len(header) < 20:
        return
    header_len = (header[0] & 0xf) * 4
    if header_len < 20 or size < header_len:
        return
    total_len = u16(header, 2)
    if (total_len > size or header_len > total_len
            or size - total_len > 0xffff):
        return
    if len(header) < header_len:
        return

    packet.family = 4
    packet.tos = header[1]
    packet.ttl = header[8]
    packet.proto = header[9]
    packet.src = int.from_bytes(header[12:16], 'big')
    packet.dst = int.from_bytes(header[16:20], 'big')
    packet.later_fragment = u16(header, 6) & 0x1fff != 0
    parse_transport(packet, header[header_len:total_len],
                    total_len - header_len)


def parse_ipv6(packet, data, offset):
    """Fills in 'packet', or leaves it non-IP."""
    size = packet.wire - offset
    header = data[offset:]
    if size < 40 or len(header) < 40:
        return
    payload_len = u16(header, 4)
    if payload_len + 40 > size or size - (payload_len + 40) > 0xffff:
        return

    extensions = parse_extensions(header[6], header[40:40 + payload_len],
                                  payload_len)
    if extensions is None:
        return
    packet.proto, packet.later_fragment, rest, rest_len = extensions

    packet.family = 6
    packet.tos = (u16(header, 0) >> 4) & 0xff
    packet.ttl = header[7]
    packet.src = int.from_bytes(header[8:24], 'big')
    packet.dst = int.from_bytes(header[24:40], 'big')
    parse_transport(packet, rest, rest_len)


def parse_extensions(proto, data, size):
    """'size' bytes follow the IPv6 header, 'data' are those captured.
    Returns (protocol, is a later fragment, rest of data, rest of size), or
    None if an extension header is cut."""
    while proto in (HOPOPTS, ROUTING, DSTOPTS, AH, FRAGMENT):
        if size < 8 or len(data) < 8:
            return None
        if proto == FRAGMENT:
            length = 8
        elif proto == AH:
            length = (data[1] + 2) * 4
        else:
            length = (data[1] + 1) * 8
        if size < length or len(data) < length:
            return None
        later = proto == FRAGMENT and u16(data, 2) & 0xfff8 != 0
        proto = data[0]
        data = data[length:]
        size -= length
        if later:
            return proto, True, data, size
    return proto, False, data, size


def parse_transport(packet, data, size):
    """'size' bytes follow the IP headers, 'data' are those captured."""
    if packet.later_fragment:
        if packet.proto in (TCP, UDP):
            packet.volume = size
        return

    header_len = {TCP: 20, UDP: 8, SCTP: 12}.get(packet.proto)
    if header_len is None or size < header_len or len(data) < header_len:
        return
    if packet.proto == TCP:
        header_len = (data[12] >> 4) * 4
        if header_len < 20 or size < header_len or len(data) < header_len:
            return

    packet.sport = u16(data, 0)
    packet.dport = u16(data, 2)
    if packet.proto != SCTP:
        packet.volume = size - header_len
    if packet.proto == TCP:
        packet.tcp = Tcp(data[:header_len], packet.volume)


def variable(packet, name):
    """Returns the value of packet variable 'name', or None if undefined.  For
    'rtt' the packet is a tcp.Sample."""
    if name in ('is_lost', 'is_burst', 'rwnd', 'rtt'):
        return getattr(packet, name)
    if name == 'bytes':
        return packet.wire
    if name == 'packets':
        return 1
    if name == 'volume':
        return packet.volume
    if name in ('ttl', 'dscp', 'ecn'):
        if packet.family is None:
            return None
        if name == 'ttl':
            return packet.ttl
        if name == 'dscp':
            return packet.tos >> 2
        return int(packet.tos & 3 == 3)
    flag = {'is_syn': SYN, 'is_fin': FIN, 'is_rst': RST}[name]
    return int(packet.tcp is not None and packet.tcp.flags & flag != 0)
