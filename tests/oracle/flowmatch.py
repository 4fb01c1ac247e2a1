# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors
"""Filters ("on ...") and keys ("by ..."): which packets, put together how."""

import re
import socket

import packet as pkt


class FieldError(ValueError):
    """A filter or granularity that the language refuses."""


PROTOCOL_WORDS = {              # word: (dl_type, nw_proto)
    'ip': (0x0800, None), 'ipv4': (0x0800, None), 'ip4': (0x0800, None),
    'ipv6': (0x86dd, None), 'ip6': (0x86dd, None),
    'icmp': (0x0800, 1), 'icmp6': (0x86dd, 58),
    'tcp': (0x0800, 6), 'tcp6': (0x86dd, 6),
    'udp': (0x0800, 17), 'udp6': (0x86dd, 17),
    'sctp': (0x0800, 132), 'sctp6': (0x86dd, 132),
    'arp': (0x0806, None), 'rarp': (0x8035, None),
    'mpls': (0x8847, None), 'mplsm': (0x8848, None),
}

SYNONYMS = {
    'eth_type': 'dl_type', 'ip_src': 'nw_src', 'ip_dst': 'nw_dst',
    'ip_proto': 'nw_proto', 'tunnel_id': 'tun_id',
    'tcp_src': 'tp_src', 'udp_src': 'tp_src', 'sctp_src': 'tp_src',
    'tcp_dst': 'tp_dst', 'udp_dst': 'tp_dst', 'sctp_dst': 'tp_dst',
}

# Synonyms that say which protocol they mean.
PORT_PROTOCOLS = {
    'udp_src': 17, 'udp_dst': 17, 'sctp_src': 132, 'sctp_dst': 132,
    'tcp_src': 6, 'tcp_dst': 6,
}

NUMBERS = {                     # field: (bits, may be masked)
    'tun_id': (64, True), 'dl_vlan': (16, False), 'dl_type': (16, False),
    'nw_proto': (8, False), 'tp_src': (16, True), 'tp_dst': (16, True),
}

VLAN_NONE = 0xffff              # dl_vlan=0xffff: without a tag.


def headers(packet):
    """All of 'packet' that filters and keys depend on."""
    return (packet.valid, packet.in_port, packet.tun_id, packet.vlan,
            packet.dl_type, packet.family, packet.src, packet.dst,
            packet.proto, packet.sport, packet.dport)


def packet_fields(packet):
    """The fields of 'packet' that a filter can ask for, as a dict.  A field
    that is not in it matches no value."""
    fields = {
        'in_port': packet.in_port,
        'tun_id': packet.tun_id or 0,
        'dl_vlan': VLAN_NONE if packet.vlan is None else packet.vlan,
    }
    if packet.family is None:
        # What OVS refused, or the capture cut, is no IP packet.
        if packet.dl_type not in (pkt.ETH_TYPE_IP, pkt.ETH_TYPE_IPV6):
            fields['dl_type'] = packet.dl_type
        return fields
    fields['dl_type'] = packet.dl_type
    fields['nw_proto'] = packet.proto
    fields['tp_src'] = packet.sport
    fields['tp_dst'] = packet.dport
    if packet.family == 4:
        fields['nw_src'] = packet.src
        fields['nw_dst'] = packet.dst
    else:
        fields['ipv6_src'] = packet.src
        fields['ipv6_dst'] = packet.dst
    return fields


class Filter:
    """'terms' maps a field to (value, mask); for in_port the mask is None."""

    def __init__(self, terms):
        self.terms = terms

    def meaning(self):
        """Two filters with equal meaning() match the same packets."""
        return {field: (value if mask is None else value & mask, mask)
                for field, (value, mask) in self.terms.items() if mask != 0}

    def matches(self, packet):
        if not packet.valid:
            return False
        fields = packet_fields(packet)
        for field, (value, mask) in self.terms.items():
            if field not in fields:
                return False
            if mask is None:
                if fields[field] != value:
                    return False
            elif fields[field] & mask != value & mask:
                return False
        return True


def parse_filter(text):
    terms = {}
    protocols_named = set()

    def add(field, value, mask):
        if field in terms:
            raise FieldError('%s is given twice' % field)
        terms[field] = (value, mask)

    if text == 'any':
        return Filter(terms)
    for element in text.split(','):
        name, equals, value = element.partition('=')
        if name in PROTOCOL_WORDS and not equals:
            dl_type, nw_proto = PROTOCOL_WORDS[name]
            add('dl_type', dl_type, 0xffff)
            if nw_proto is not None:
                add('nw_proto', nw_proto, 0xff)
            continue
        field = SYNONYMS.get(name, name)
        if name in PORT_PROTOCOLS:
            protocols_named.add(PORT_PROTOCOLS[name])
        if field == 'in_port':
            parse_port_name(value)
            add(field, value, None)
        elif field in NUMBERS:
            add(field, *parse_number(field, value))
        elif field in ('nw_src', 'nw_dst'):
            add(field, *parse_address(value, socket.AF_INET))
        elif field in ('ipv6_src', 'ipv6_dst'):
            add(field, *parse_address(value, socket.AF_INET6))
        else:
            raise FieldError('unknown field %r' % name)
    check_prerequisites(terms, protocols_named)
    return Filter(terms)


def check_prerequisites(terms, protocols_named):
    dl_type = terms.get('dl_type', (None,))[0]
    nw_proto = terms.get('nw_proto', (None,))[0]
    for field in terms:
        if field in ('nw_src', 'nw_dst') and dl_type != pkt.ETH_TYPE_IP:
            raise FieldError('%s needs ip' % field)
        if field in ('ipv6_src', 'ipv6_dst') and dl_type != pkt.ETH_TYPE_IPV6:
            raise FieldError('%s needs ip6' % field)
        if field in ('nw_proto', 'tp_src', 'tp_dst') and dl_type not in (
                pkt.ETH_TYPE_IP, pkt.ETH_TYPE_IPV6):
            raise FieldError('%s needs ip or ip6' % field)
        if field in ('tp_src', 'tp_dst') and nw_proto not in (
                pkt.TCP, pkt.UDP, pkt.SCTP):
            raise FieldError('%s needs tcp, udp or sctp' % field)
    if protocols_named - {nw_proto}:
        raise FieldError('a port of another protocol')


def parse_port_name(text):
    if not text or re.fullmatch(r'-?[0-9]+|0x[0-9a-fA-F]*', text):
        raise FieldError('in_port is an interface name')
    if text.upper() in ('LOCAL', 'IN_PORT', 'CONTROLLER', 'NONE', 'ANY',
                        'ALL', 'FLOOD', 'NORMAL', 'TABLE', 'UNSET'):
        raise FieldError('in_port is an interface name')


def parse_integer(text, bits):
    if re.fullmatch(r'0[xX][0-9a-fA-F]+', text):
        value = int(text, 16)
    elif re.fullmatch(r'0[0-7]*', text):
        value = int(text, 8)
    elif re.fullmatch(r'[1-9][0-9]*', text):
        value = int(text)
    else:
        raise FieldError('%r is no number' % text)
    if value >= 1 << bits:
        raise FieldError('%s is too large' % text)
    return value


def parse_number(field, text):
    bits, maskable = NUMBERS[field]
    ones = (1 << bits) - 1
    value, slash, mask = text.partition('/')
    value = parse_integer(value, bits)
    mask = parse_integer(mask, bits) if slash else ones
    if mask != ones and not maskable:
        raise FieldError('%s cannot be masked' % field)
    if field == 'dl_vlan' and value > 0xfff and value != VLAN_NONE:
        raise FieldError('no VLAN ID: %s' % text)
    return value, mask


def address_to_int(text, family):
    try:
        return int.from_bytes(socket.inet_pton(family, text), 'big')
    except OSError as error:
        raise FieldError('bad address %r' % text) from error


def prefix_mask(bits, length):
    return (1 << bits) - (1 << (bits - length))


def parse_address(text, family):
    bits = 32 if family == socket.AF_INET else 128
    value, slash, mask = text.partition('/')
    value = address_to_int(value, family)
    if not slash:
        return value, prefix_mask(bits, bits)
    if re.fullmatch(r'[0-9]+', mask):
        if int(mask) > bits:
            raise FieldError('bad prefix length %s' % mask)
        return value, prefix_mask(bits, int(mask))
    return value, address_to_int(mask, family)


# ## Granularity ## #

FIVE = ('src', 'dst', 'nw_proto', 'tp_src', 'tp_dst')
KEY_FIELDS = ('nw_src', 'nw_dst', 'ipv6_src', 'ipv6_dst', 'nw_proto',
              'tp_src', 'tp_dst', 'in_port', 'tun_id', 'vlan_vid', '5tuple')


class Granularity:
    """'fields' are (name, prefix length or None), as written."""

    def __init__(self, fields):
        self.fields = fields
        self.has_5tuple = ('5tuple', None) in fields
        names = {name for name, prefix in fields if prefix is None}
        self.is_whole_5tuple = self.has_5tuple or any(
            names >= {end + '_src', end + '_dst'}.union(FIVE[2:])
            for end in ('nw', 'ipv6'))

    def key(self, packet):
        """The key of 'packet' as a tuple of (name, sort value, JSON value),
        or None if it lacks a field."""
        key = []
        for name, prefix in self.fields:
            parts = key_part(packet, name, prefix)
            if parts is None:
                return None
            key += parts
        return tuple(key)


def key_part(packet, name, prefix):
    if name == '5tuple':
        if packet.family is None:
            return None
        names = (('nw_src', 'nw_dst') if packet.family == 4
                 else ('ipv6_src', 'ipv6_dst'))
        parts = []
        for each in names + FIVE[2:]:
            parts += key_part(packet, each, None)
        return parts
    if name == 'in_port':
        return [(name, packet.in_port, packet.in_port)]
    if name in ('tun_id', 'vlan_vid'):
        value = packet.tun_id if name == 'tun_id' else packet.vlan
        return None if value is None else [(name, value, value)]
    if packet.family is None:
        return None
    if name in ('nw_proto', 'tp_src', 'tp_dst'):
        value = {'nw_proto': packet.proto, 'tp_src': packet.sport,
                 'tp_dst': packet.dport}[name]
        return [(name, value, value)]
    family = 6 if name.startswith('ipv6') else 4
    if packet.family != family:
        return None
    address = packet.src if name.endswith('src') else packet.dst
    return [(name,) + address_part(address, family, prefix)]


def address_part(address, family, prefix):
    """Returns what to sort by (IPv4 before IPv6) and what to show."""
    bits = 32 if family == 4 else 128
    if prefix is None:
        prefix = bits
    address &= prefix_mask(bits, prefix)
    text = socket.inet_ntop(
        socket.AF_INET if family == 4 else socket.AF_INET6,
        address.to_bytes(bits // 8, 'big'))
    if prefix < bits:
        text += '/%d' % prefix
    return (family, address), text


def parse_granularity(text):
    fields = []
    seen = set()
    families = set()
    if text == 'none':
        return Granularity(fields)
    for element in text.split(','):
        name, slash, prefix = element.partition('/')
        if name not in KEY_FIELDS:
            raise FieldError('unknown granularity %r' % name)
        if slash:
            bits = {'nw': 32, 'ip': 128}.get(name[:2])
            if bits is None or name == 'nw_proto':
                raise FieldError('%s has no prefix' % name)
            if not re.fullmatch(r'[0-9]+', prefix) or int(prefix) > bits:
                raise FieldError('bad prefix length %r' % prefix)
            prefix = int(prefix)
            if prefix == bits:
                prefix = None
        names = ({'nw_src', 'nw_dst', 'ipv6_src', 'ipv6_dst', 'nw_proto',
                  'tp_src', 'tp_dst'} if name == '5tuple' else {name})
        if names & seen:
            raise FieldError('%s is given twice' % name)
        seen |= names
        if name in ('nw_src', 'nw_dst'):
            families.add(4)
        elif name in ('ipv6_src', 'ipv6_dst'):
            families.add(6)
        fields.append((name, prefix if slash else None))
    if len(families) > 1:
        raise FieldError('more than one address family')
    return Granularity(fields)
