# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors
"""A controller that looks for heavy hitters and drops them for a while.

The switch tells within milliseconds which flow sends too much, and the
controller answers with a flow that drops it: the reactive heavy hitter of the
Trumpet paper (SIGCOMM 2016), with no packet sent to the controller.

    osken-manager heavy_hitter.py
    ovs-vsctl set-controller br0 tcp:127.0.0.1:6653

Environment: HH_SPEC, the trigger; HH_SECONDS, for how long a flow is dropped.
"""

import os
import sys

from os_ken.base import app_manager
from os_ken.controller import ofp_event
from os_ken.controller.handler import CONFIG_DISPATCHER, MAIN_DISPATCHER
from os_ken.controller.handler import set_ev_cls
from os_ken.ofproto import ofproto_v1_3, ofproto_v1_4, ofproto_v1_5

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import trumpet_osken as trumpet     # noqa: E402, pylint: disable=C0413

NAME = 'heavy-hitter'
SPEC = os.environ.get('HH_SPEC',
                      'on ip by 5tuple every 10ms when sum(volume) > 125KB')
SECONDS = int(os.environ.get('HH_SECONDS', '10'))
COOKIE = 0x68686874


class HeavyHitter(app_manager.OSKenApp):
    OFP_VERSIONS = [ofproto_v1_3.OFP_VERSION, ofproto_v1_4.OFP_VERSION,
                    ofproto_v1_5.OFP_VERSION]

    @set_ev_cls(ofp_event.EventOFPSwitchFeatures, CONFIG_DISPATCHER)
    def on_connect(self, ev):
        datapath = ev.msg.datapath

        # The trigger may be there from an earlier connection, for it outlives
        # the connection: begin anew.
        datapath.send_msg(trumpet.delete_trigger(datapath))
        datapath.send_msg(trumpet.add_trigger(datapath, NAME, SPEC,
                                              cookie=COOKIE))
        datapath.send_msg(trumpet.subscribe(datapath, names=[NAME]))
        datapath.send_msg(trumpet.list_triggers(datapath))
        self.logger.info('%016x: looking for heavy hitters', datapath.id)

    @set_ev_cls(ofp_event.EventOFPExperimenterStatsReply,
                [CONFIG_DISPATCHER, MAIN_DISPATCHER])
    def on_reply(self, ev):
        for trigger in trumpet.parse_reply(ev.msg.body) or ():
            self.logger.info('trigger %s (own: %s): %s', trigger.name,
                             trigger.own, trigger.spec)

    @set_ev_cls(ofp_event.EventOFPExperimenter,
                [CONFIG_DISPATCHER, MAIN_DISPATCHER])
    def on_experimenter(self, ev):
        message = trumpet.parse(ev.msg)
        if not isinstance(message, trumpet.Reports):
            self.logger.info('%s', message)
            return
        if message.n_lost or message.n_dropped:
            self.logger.warning('%d reports were lost', message.n_lost)
        for report in message.reports:
            self.on_report(ev.msg.datapath, report)

    def on_report(self, datapath, report):
        self.logger.info('heavy hitter %s: %s',
                         {name: str(value)
                          for name, value in report.key.items()},
                         report.values)
        parser = datapath.ofproto_parser
        datapath.send_msg(parser.OFPFlowMod(
            datapath, cookie=COOKIE, priority=1000, hard_timeout=SECONDS,
            match=parser.OFPMatch(**report.match_fields()),
            instructions=[]))

    @set_ev_cls(ofp_event.EventOFPErrorMsg,
                [CONFIG_DISPATCHER, MAIN_DISPATCHER])
    def on_error(self, ev):
        self.logger.error('error %s (type %d, code %s)',
                          trumpet.error_name(ev.msg), ev.msg.type,
                          ev.msg.code)
