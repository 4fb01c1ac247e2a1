# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors
"""Trumpet's OpenFlow messages for controllers that use os-ken.

The functions that begin with a verb return a message that is ready for
datapath.send_msg():

    import trumpet_osken as trumpet

    datapath.send_msg(trumpet.add_trigger(
        datapath, 'hh', 'on ip by 5tuple when sum(volume) > 125KB'))
    datapath.send_msg(trumpet.subscribe(datapath, names=['hh']))

What the switch sends comes as ofp_event.EventOFPExperimenter, and replies to
list_triggers(), get_status(), check() and query() as
ofp_event.EventOFPExperimenterStatsReply.  parse() and parse_reply() read them:

    @set_ev_cls(ofp_event.EventOFPExperimenter, MAIN_DISPATCHER)
    def on_experimenter(self, ev):
        message = trumpet.parse(ev.msg)
        if isinstance(message, trumpet.Reports):
            for report in message.reports:
                ... report.name, report.key, report.values ...

Errors come as EventOFPErrorMsg, see error_name().  OpenFlow 1.3 and later.
docs/openflow.rst describes the messages.
"""

import collections
import ipaddress
import math
import struct

TRUMPET_EXPERIMENTER = 0x00525054

# Messages.
(TRIGGER_MOD, SUBSCRIBE, UNSUBSCRIBE, REPORTS, PAUSED, RESUMED) = range(1, 7)

# Multipart messages.
(TRIGGERS, STATUS, CHECK, QUERY) = range(1, 5)

# Commands of TRIGGER_MOD.
(ADD, MODIFY, DELETE) = range(3)

# Fields of reports.
(FIELD_NAME, FIELD_KEY, FIELD_VALUES, FIELD_TOP, FIELD_PORTS,
 FIELD_RUN) = (1 << i for i in range(6))
FIELDS_ALL = (1 << 6) - 1

ALL_SUBSCRIPTIONS = 0xffffffff
OFPP_ANY = 0xffffffff

# Properties.
(P_NAME, P_SPEC, P_MATCH, P_HISTORY, P_OWNER, P_ERROR, P_COST, P_CAUSE,
 P_VALUE, P_HELD, P_LASTED, P_TOP_BY, P_FLOW, P_PORT) = range(1, 15)

# Properties for the fields of keys, by type.
KEY_FIELDS = {
    16: 'nw_src', 17: 'nw_dst', 18: 'ipv6_src', 19: 'ipv6_dst',
    20: 'nw_proto', 21: 'tp_src', 22: 'tp_dst', 23: 'in_port', 24: 'tun_id',
    25: 'vlan_vid',
}
KEY_TYPES = {name: type_ for type_, name in KEY_FIELDS.items()}

# Why an interval may be incomplete: bits of Report.why, from the lowest.
CAUSES = ('table_full', 'cells_full', 'plans_full', 'log_full',
          'history_full', 'places_full', 'keys_full', 'sweep_overrun',
          'restart', 'offloaded', 'clock', 'stalled', 'guard')

# What ports count, by number.
PORT_COUNTERS = ('rx_dropped', 'rx_errors', 'rx_missed', 'rx_nombuf',
                 'tx_dropped', 'tx_errors', 'tx_failed', 'qdisc_drops',
                 'qdisc_backlog')

# By code, for error_name().
ERRORS = (None, 'UNSUPPORTED', 'BAD_NAME', 'BAD_TRIGGER', 'EXISTS',
          'UNKNOWN_TRIGGER', 'NOT_OWNER', 'QUOTA_TRIGGERS', 'QUOTA_PATTERNS',
          'SUBSCRIPTION_EXISTS', 'UNKNOWN_SUBSCRIPTION',
          'TOO_MANY_SUBSCRIPTIONS', 'BAD_KEY', 'NOT_ENDED', 'NOT_OBSERVED',
          'FORGOTTEN', 'BUDGET')

# The names of counters in Status.counters, by Status.type.
STATUS_TYPES = ('monitor', 'thread', 'owner', 'subscription')
STATUS_COUNTERS = {
    'monitor': ('enabled', 'epoch_us', 'max_flows', 'triggers', 'patterns',
                'keys', 'sweeps', 'overruns', 'reports', 'dropped',
                'memory_bytes'),
    'thread': ('received', 'counted', 'unmatched', 'not_observed',
               'dropped_invalid', 'flows', 'capacity'),
    'owner': ('triggers', 'patterns', 'suppressed'),
    'subscription': ('id', 'matched', 'delivered', 'lost'),
}


class MalformedMessage(ValueError):
    """A message of the switch that cannot be read."""


class Report(collections.namedtuple(
        'Report', 'name cookie seq interval_start_us interval_us packets '
        'why key values cleared held lasted_us ports top_by top top_exact',
        defaults=(0, None, {}, None, (), True))):
    """What one key did in one interval; 'cleared' if that is what ended an
    event of a trigger with "report rising", after 'lasted_us'.  'held' reports
    were held back before it.

    'key' has the fields of the trigger's granularity: addresses are
    ipaddress networks, in_port is (OpenFlow port, name of the interface), all
    others are numbers.  'values' has a float for the text of each aggregate,
    None if undefined.

    'ports' has what ports counted meanwhile: by (OpenFlow port, name of the
    interface), numbers by counter.  'top' has a (key, value) for each of the
    flows with the largest 'top_by', {} standing for packets without IP; if not
    'top_exact' there may be larger ones.
    """
    __slots__ = ()

    @property
    def complete(self):
        return not self.why

    @property
    def causes(self):
        return [name for i, name in enumerate(CAUSES) if self.why >> i & 1]

    def match_fields(self):
        """Returns the key as keyword arguments of an OFPMatch: a flow with
        this match handles the packets that were counted.  For ports the key
        must have nw_proto."""
        fields = {}
        ports = {6: 'tcp', 17: 'udp', 132: 'sctp'}.get(
            self.key.get('nw_proto'))
        for name, value in self.key.items():
            if name in ('nw_src', 'nw_dst', 'ipv6_src', 'ipv6_dst'):
                family = 'ipv4' if value.version == 4 else 'ipv6'
                fields['eth_type'] = 0x800 if value.version == 4 else 0x86dd
                fields['%s_%s' % (family, name[-3:])] = (
                    str(value.network_address), str(value.netmask))
            elif name in ('tp_src', 'tp_dst'):
                if ports:
                    fields['%s_%s' % (ports, name[-3:])] = value
            elif name == 'nw_proto':
                fields['ip_proto'] = value
            elif name == 'in_port':
                fields['in_port'] = value[0]
            elif name == 'tun_id':
                fields['tunnel_id'] = value
            elif name == 'vlan_vid':
                fields['vlan_vid'] = 0x1000 | value
        return fields


Reports = collections.namedtuple(
    'Reports', 'subscription first_seq n_lost n_dropped reports')
Paused = collections.namedtuple('Paused', 'n_bytes')
Resumed = collections.namedtuple('Resumed', 'n_lost')   # By subscription.
Trigger = collections.namedtuple(
    'Trigger', 'name owner spec own pending history cookie packets keys '
    'fired suppressed last_fired_us')
Status = collections.namedtuple('Status', 'type name counters causes')
Check = collections.namedtuple(
    'Check', 'accepted n_measures flow_bytes key_bytes interval_us spec cost '
    'error')


# Properties and records.

def put_property(type_, value):
    length = 4 + len(value)
    return struct.pack('!HH', type_, length) + value + bytes(-length % 8)


def pull_properties(buf):
    """Yields (type, value) of each property in 'buf'."""
    offset = 0
    while offset < len(buf):
        if len(buf) - offset < 4:
            raise MalformedMessage('property is cut off')
        type_, length = struct.unpack_from('!HH', buf, offset)
        if length < 4 or offset + length + -length % 8 > len(buf):
            raise MalformedMessage('property has length %d' % length)
        yield type_, bytes(buf[offset + 4:offset + length])
        offset += length + -length % 8


def pull_records(buf, header):
    """Yields (fields of the header, properties) of each record in 'buf'.  The
    first field of the struct 'header' is the record's length."""
    offset = 0
    while offset < len(buf):
        if len(buf) - offset < header.size:
            raise MalformedMessage('record is cut off')
        fields = header.unpack_from(buf, offset)
        length = fields[0]
        if (length < header.size or length % 8
                or offset + length > len(buf)):
            raise MalformedMessage('record has length %d' % length)
        yield fields, buf[offset + header.size:offset + length]
        offset += length


def _unpack(format_, value):
    if len(value) != struct.calcsize(format_):
        raise MalformedMessage('value has %d bytes' % len(value))
    return struct.unpack(format_, value)


def _text(value):
    return value.decode('utf-8', 'replace')


# Requests.

def _message(datapath, type_, body):
    return datapath.ofproto_parser.OFPExperimenter(
        datapath, TRUMPET_EXPERIMENTER, type_, body)


def _multipart(datapath, type_, body):
    return datapath.ofproto_parser.OFPExperimenterStatsRequest(
        datapath, 0, TRUMPET_EXPERIMENTER, type_, body)


def _trigger(name=None, spec=None, match=None, history=0):
    body = b''
    if name is not None:
        body += put_property(P_NAME, name.encode())
    if spec is not None:
        body += put_property(P_SPEC, spec.encode())
    if match is not None:
        buf = bytearray()
        match.serialize(buf, 0)
        body += put_property(P_MATCH, bytes(4) + bytes(buf))
    if history:
        body += put_property(P_HISTORY, struct.pack('!I', history))
    return body


def _trigger_mod(datapath, command, cookie, body):
    return _message(datapath, TRIGGER_MOD,
                    struct.pack('!H6xQ', command, cookie) + body)


def add_trigger(datapath, name, spec, cookie=0, match=None, history=0):
    """'spec' is in the trigger language; 'match', an OFPMatch, is ANDed to its
    filter.  'history' intervals can be queried later."""
    return _trigger_mod(datapath, ADD, cookie,
                        _trigger(name, spec, match, history))


def modify_trigger(datapath, name, spec, cookie=0, match=None, history=0):
    return _trigger_mod(datapath, MODIFY, cookie,
                        _trigger(name, spec, match, history))


def delete_trigger(datapath, name=None):
    """Without a name, deletes all of one's own."""
    return _trigger_mod(datapath, DELETE, 0, _trigger(name))


def subscribe(datapath, id_=0, names=(), fields=FIELDS_ALL, rate=0, burst=0):
    """Asks for the reports of triggers 'names', of all triggers of the bridge
    if there are none, at most 'rate' a second unless 0."""
    body = struct.pack('!IIII8x', id_, fields, rate, burst)
    for name in names:
        body += put_property(P_NAME, name.encode())
    return _message(datapath, SUBSCRIBE, body)


def unsubscribe(datapath, id_=ALL_SUBSCRIPTIONS):
    return _message(datapath, UNSUBSCRIBE, struct.pack('!I4x', id_))


def list_triggers(datapath, names=()):
    return _multipart(datapath, TRIGGERS, b''.join(
        put_property(P_NAME, name.encode()) for name in names))


def get_status(datapath):
    return _multipart(datapath, STATUS, struct.pack('!I4x', 0))


def check(datapath, spec, match=None):
    """Asks what a trigger would cost, or what is wrong with it."""
    return _multipart(datapath, CHECK, _trigger(spec=spec, match=match))


def _put_key_field(name, value):
    type_ = KEY_TYPES[name]
    if type_ in (16, 17, 18, 19):
        network = ipaddress.ip_network(value, strict=False)
        value = (struct.pack('!B3x', network.prefixlen)
                 + network.network_address.packed)
    elif name == 'in_port':
        value = struct.pack('!I', value[0]) + value[1].encode()
    elif name == 'tun_id':
        value = struct.pack('!4xQ', value)
    else:
        value = struct.pack('!I', value)
    return put_property(type_, value)


def query(datapath, name, time_us=0, key=None):
    """Asks for the values of trigger 'name' in the interval that contains
    'time_us' (0: the last one): of 'key', as in Report.key, or of all."""
    body = struct.pack('!Q', time_us) + _trigger(name)
    for field, value in (key or {}).items():
        body += _put_key_field(field, value)
    return _multipart(datapath, QUERY, body)


# What the switch sends.

def _pull_key_field(type_, value):
    if type_ in (16, 17):
        prefix, address = _unpack('!B3x4s', value)
    elif type_ in (18, 19):
        prefix, address = _unpack('!B3x16s', value)
    elif type_ == 23:
        if len(value) < 5:
            raise MalformedMessage('in_port has %d bytes' % len(value))
        return struct.unpack_from('!I', value)[0], _text(value[4:])
    else:
        return _unpack('!4xQ' if type_ == 24 else '!I', value)[0]
    try:
        return ipaddress.ip_network((address, prefix), strict=False)
    except ValueError as error:
        raise MalformedMessage(str(error)) from error


REPORT = struct.Struct('!HHIQQQQQ')
CLEARED = 1 << 15


def _pull_port(value):
    number, moved = struct.unpack_from('!II4x', value)
    bits = [bit for bit in range(32) if moved >> bit & 1]
    counters = struct.unpack_from('!%dQ' % len(bits), value, 12)
    names = [PORT_COUNTERS[bit] if bit < len(PORT_COUNTERS)
             else 'counter_%d' % bit for bit in bits]
    return ((number, _text(value[12 + 8 * len(bits):])),
            dict(zip(names, counters)))


def _pull_flow(value):
    number, = struct.unpack_from('!4xd', value)
    return ({KEY_FIELDS[type_]: _pull_key_field(type_, field)
             for type_, field in pull_properties(value[12:])
             if type_ in KEY_FIELDS}, number)


def _pull_detail(type_, value, details):
    if type_ == P_HELD:
        details['held'], = _unpack('!4xQ', value)
    elif type_ == P_LASTED:
        details['lasted_us'], = _unpack('!4xQ', value)
    elif type_ == P_TOP_BY:
        flags, = struct.unpack_from('!I', value)
        details['top_exact'] = not flags & 1
        details['top_by'] = _text(value[4:])
    elif type_ == P_FLOW:
        details.setdefault('top', []).append(_pull_flow(value))
    elif type_ == P_PORT:
        port, counters = _pull_port(value)
        details.setdefault('ports', {})[port] = counters


def _pull_reports(buf):
    for fields, rest in pull_records(buf, REPORT):
        _, flags, why, seq, start_us, interval_us, packets, cookie = fields
        name, key, values, details = None, {}, {}, {}
        for type_, value in pull_properties(rest):
            if type_ == P_NAME:
                name = _text(value)
            elif type_ in KEY_FIELDS:
                key[KEY_FIELDS[type_]] = _pull_key_field(type_, value)
            elif type_ == P_VALUE:
                if len(value) < 12:
                    raise MalformedMessage('value has %d bytes' % len(value))
                number, = struct.unpack_from('!4xd', value)
                values[_text(value[12:])] = (None if math.isnan(number)
                                             else number)
            else:
                _pull_detail(type_, value, details)
        yield Report(name, cookie, seq, start_us, interval_us, packets, why,
                     key, values, bool(flags & CLEARED), **details)


def parse(msg):
    """Returns what 'msg', an OFPExperimenter, says: Reports, Paused, Resumed;
    None if it is another experimenter's."""
    if msg.experimenter != TRUMPET_EXPERIMENTER:
        return None
    data = bytes(msg.data)
    try:
        if msg.exp_type == REPORTS:
            subscription, n, first_seq, n_lost, n_dropped \
                = struct.unpack_from('!IH2xQQQ', data)
            reports = list(_pull_reports(data[32:]))
            if len(reports) != n:
                raise MalformedMessage('%d reports instead of %d'
                                       % (len(reports), n))
            return Reports(subscription, first_seq, n_lost, n_dropped,
                           reports)
        if msg.exp_type == PAUSED:
            return Paused(*struct.unpack_from('!I', data))
        if msg.exp_type == RESUMED:
            return Resumed(dict(struct.iter_unpack('!I4xQ', data)))
    except struct.error as error:
        raise MalformedMessage(str(error)) from error
    return None


TRIGGER_DESC = struct.Struct('!HH4xQQQQQQ')


def _pull_triggers(buf):
    for fields, rest in pull_records(buf, TRIGGER_DESC):
        _, flags, cookie, packets, keys, fired, suppressed, last = fields
        properties = dict(pull_properties(rest))
        history, = _unpack('!I', properties.get(P_HISTORY, bytes(4)))
        yield Trigger(_text(properties.get(P_NAME, b'')),
                      _text(properties.get(P_OWNER, b'')),
                      _text(properties.get(P_SPEC, b'')), bool(flags & 1),
                      bool(flags & 2), history, cookie, packets, keys, fired,
                      suppressed, last)


def _pull_status(buf):
    for (_, type_, n), rest in pull_records(buf, struct.Struct('!HHH2x')):
        if 8 * n > len(rest):
            raise MalformedMessage('%d counters are too many' % n)
        if type_ >= len(STATUS_TYPES):
            continue            # Of a later version.
        type_ = STATUS_TYPES[type_]
        counters = dict(zip(STATUS_COUNTERS[type_],
                            struct.unpack_from('!%dQ' % n, rest)))
        name, causes = None, {}
        for property_, value in pull_properties(rest[8 * n:]):
            if property_ in (P_NAME, P_OWNER):
                name = _text(value)
            elif property_ == P_CAUSE and len(value) >= 12:
                causes[_text(value[12:])], = struct.unpack_from('!4xQ', value)
        yield Status(type_, name, counters, causes)


def _pull_check(buf):
    accepted, n_measures, flow_bytes, key_bytes, interval_us \
        = struct.unpack_from('!H2xIIIQ8x', buf)
    texts = {type_: _text(value)
             for type_, value in pull_properties(buf[32:])}
    return Check(bool(accepted), n_measures, flow_bytes, key_bytes,
                 interval_us, texts.get(P_SPEC), texts.get(P_COST),
                 texts.get(P_ERROR))


def parse_reply(body):
    """Returns what 'body', that of an OFPExperimenterStatsReply, says: a list
    of Trigger, Status or Report, or a Check; None if it is another
    experimenter's.  A reply may come in several messages."""
    if body.experimenter != TRUMPET_EXPERIMENTER:
        return None
    data = bytes(body.data)
    try:
        if body.exp_type == TRIGGERS:
            return list(_pull_triggers(data))
        if body.exp_type == STATUS:
            return list(_pull_status(data))
        if body.exp_type == CHECK:
            return _pull_check(data)
        if body.exp_type == QUERY:
            return list(_pull_reports(data))
    except struct.error as error:
        raise MalformedMessage(str(error)) from error
    return None


def error_name(msg):
    """Returns the name of the error 'msg', an OFPErrorMsg, if it is one of
    ours, otherwise None.  'BAD_EXPERIMENTER' tells that the switch has no
    Trumpet, if it answers one of our messages."""
    if msg.type == 0xffff and getattr(msg, 'experimenter',
                                      None) == TRUMPET_EXPERIMENTER:
        code = msg.exp_type
        return ERRORS[code] if 0 < code < len(ERRORS) else str(code)
    if (msg.type, msg.code) == (1, 3):      # OFPBRC_BAD_EXPERIMENTER
        return 'BAD_EXPERIMENTER'
    return None
