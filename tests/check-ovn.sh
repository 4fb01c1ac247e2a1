#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors
#
# Triggers beside OVN: a logical switch with two ports on the patched switch, a
# ping through it, and triggers that OVN must not notice.  Run on demand, by
# root, with "make check-ovn"; the current directory is that of the build.
#
# OVN and ping are those of Debian's packages, which are downloaded once and unpacked, not
# installed.  All happens in a network namespace of its own.

set -u
ovn=$PWD/tests/ovn
build=$PWD
pings=50

skip () {
    echo "skipped: $*"
    exit 77
}

[ "$(id -u)" = 0 ] || skip "it needs root"
if [ ! -x "$ovn/usr/bin/ovn-controller" ]; then
    mkdir -p "$ovn"
    (cd "$ovn" && apt-get download ovn-central ovn-host ovn-common iputils-ping &&
        for deb in *.deb; do dpkg -x "$deb" . || exit; done) \
        >"$ovn/download.log" 2>&1 \
        || skip "the packages of OVN cannot be had"
fi
ldd "$ovn/usr/bin/ovn-controller" | grep -q 'not found' \
    && skip "it lacks libraries"
[ "${1-}" = inside ] || exec unshare --net "$BASH" "$0" inside

run=$(mktemp -d /tmp/check-ovn.XXXXXX) || exit 1
hosts="ovn$$-a ovn$$-b"
pids=()
cleanup () {
    kill "${pids[@]}" 2>/dev/null
    wait
    for host in $hosts; do
        ip netns del "$host" 2>/dev/null
    done
    rm -rf "$run"
}
trap cleanup EXIT

fail () {
    echo "failed: $*"
    grep -h -e WARN -e ERR -e EMER "$run"/*.log | tail -n 20
    exit 1
}

# wait_until COMMAND...: for a while.
wait_until () {
    for _ in $(seq 200); do
        "$@" >/dev/null 2>&1 && return
        sleep 0.1
    done
    fail "waited in vain: $*"
}

PATH=$build/bin:$PATH:$ovn/usr/bin:$ovn/bin
export OVS_RUNDIR=$run OVS_LOGDIR=$run OVS_DBDIR=$run
export OVN_RUNDIR=$run OVN_LOGDIR=$run OVN_DBDIR=$run
export OVN_NB_DB=unix:$run/nb.sock OVN_SB_DB=unix:$run/sb.sock
cd "$run" || exit 1

# start PROGRAM ARGS...: leaves its log in PROGRAM.log.
start () {
    "$@" --log-file="$run/${1##*/}.log" --pidfile -vconsole:off &
    pids+=($!)
}

# The switch, without a port yet.
ip link set lo up
ovsdb-tool create conf.db "$build/ovs-src/vswitchd/vswitch.ovsschema" &&
    ovsdb-tool create nb.db "$ovn/usr/share/ovn/ovn-nb.ovsschema" &&
    ovsdb-tool create sb.db "$ovn/usr/share/ovn/ovn-sb.ovsschema" \
    || fail "no databases"
start ovsdb-server --remote=punix:db.sock conf.db
for db in nb sb; do
    ovsdb-server --remote=punix:$db.sock --unixctl="$run/$db.ctl" \
        --log-file="$run/$db.log" -vconsole:off $db.db &
    pids+=($!)
done
wait_until test -S db.sock -a -S nb.sock -a -S sb.sock
ovs-vsctl --no-wait init -- set Open_vSwitch . \
    external_ids:system-id=chassis external_ids:ovn-remote="$OVN_SB_DB" \
    external_ids:ovn-encap-type=geneve external_ids:ovn-encap-ip=127.0.0.1 \
    external_ids:ovn-bridge-datapath-type=netdev
start ovs-vswitchd --disable-system unix:db.sock
ovs-vsctl --timeout=20 add-br br-int -- set bridge br-int \
    datapath_type=netdev fail_mode=secure || fail "no bridge"
ovn-nbctl init && ovn-sbctl init || fail "no databases of OVN"
start ovn-northd
start ovn-controller unix:db.sock

# Two hosts.
ovn-nbctl ls-add sw || fail "no logical switch"
i=0
for host in $hosts; do
    i=$((i + 1))
    mac=02:00:00:00:00:0$i
    ip netns add "$host" && ip link add v$i type veth peer name e$i &&
        ip link set e$i netns "$host" && ip link set v$i up \
        || fail "no namespace"
    ip netns exec "$host" sh -c "
        sysctl -qw net.ipv6.conf.all.disable_ipv6=1
        ip link set e$i address $mac up && ip addr add 10.77.0.$i/24 dev e$i
        ethtool -K e$i tx off >/dev/null 2>&1"
    ovs-vsctl add-port br-int v$i -- set Interface v$i \
        external_ids:iface-id=lp$i
    ovn-nbctl lsp-add sw lp$i -- lsp-set-addresses lp$i "$mac 10.77.0.$i"
done
set -- $hosts
ovn-nbctl --timeout=30 --wait=hv sync || fail "OVN does not come up"

# dump_flows: what OVN wants of the switch.
dump_flows () {
    ovs-ofctl --no-stats dump-flows br-int | sort
}

# count_received: headers that ports received, but for br-int, where nothing
# comes from.
count_received () {
    ovs-ofctl dump-ports br-int |
        sed -n 's/.*rx pkts=\([0-9]*\).*/\1/p' | awk '{ n += $1 } END { print n }'
}

ping_all () {
    ip netns exec "$1" ping -q -c $pings -i 0.02 -W 2 10.77.0.2 >ping.log \
        || { cat ping.log; fail "no answers"; }
    grep -q "$pings packets transmitted, $pings received" ping.log \
        || { cat ping.log; fail "answers are missing"; }
}

ping_all "$1"                           # Who is where is known now.
dump_flows >flows.before
[ "$(wc -l <flows.before)" -gt 50 ] || fail "OVN has no flows"

# Triggers by the operator and over OpenFlow, and a subscriber.
ovs-vsctl set Open_vSwitch . other_config:trumpet-enable=true
wait_until grep -q 'monitoring enabled' ovs-vswitchd.log
before=$(count_received)
first=$(ovs-trumpet show | sed -n 's/^  total: received=\([0-9]*\) .*/\1/p')
ovs-trumpet add all 'on any by in_port every 100ms when count() > 0' &&
    ovs-trumpet --bridge br-int add pings \
        'on icmp by nw_src,in_port every 100ms when count() > 0' \
    || fail "triggers are refused"
wait_until sh -c "ovs-trumpet show | grep '^triggers: 2,'"
sleep 0.3
ovs-trumpet --bridge br-int watch pings >reports 2>watch.log &
pids+=($!)
wait_until sh -c "ovs-trumpet show | grep 'subscriptions: 1'"
ping_all "$1"
wait_until sh -c "ovs-trumpet --bridge br-int list | grep '^pings  *$((2 * pings)) '"
wait_until sh -c "grep -c '\"in_port\":\"v2\"' reports"

# Each packet that a port received is in the ledger, and in one place of it.
after=$(count_received)
ovs-trumpet show | sed -n 's/^  total: //p' >ledger
read -r received counted unmatched not_observed invalid <<EOT
$(sed 's/flows=.*//; s/[a-z_]*=//g' ledger)
EOT
cat ledger
[ $((received - first)) = $((after - before)) ] \
    || fail "ports received $((after - before)) packets"
[ "$received" = $((counted + unmatched + not_observed + invalid)) ] &&
    [ "$not_observed" = 0 ] || fail "the ledger does not balance"
n=$(sed 's/.*"packets":\([0-9]*\).*/\1/' reports | awk '{ n += $1 } END { print n }')
[ "$n" = $((2 * pings)) ] || fail "$n packets were reported"

# OVN's flows are as they were, it is connected, and it goes on.
dump_flows | cmp - flows.before || fail "flows of OVN changed"
ovn-nbctl --timeout=30 --wait=hv -- lsp-add sw lp3 -- \
    lsp-set-addresses lp3 '02:00:00:00:00:03 10.77.0.3' -- \
    lsp-del lp3 -- sync 2>/dev/null ||
    ovn-nbctl --timeout=30 --wait=hv sync || fail "OVN is stuck"
ovs-trumpet --bridge br-int del --all && ovs-trumpet del all \
    || fail "triggers stay"
ping_all "$1"
dump_flows | cmp - flows.before || fail "flows of OVN changed"
[ "$(ovn-appctl -t ovn-controller connection-status)" = connected ] \
    || fail "OVN is not connected"
grep -e 'OpenFlow error' -e OFPT_ERROR -e vendor -e experimenter \
    ovn-controller.log && fail "OVN has seen what it should not"
grep -e EMER -e ERR ovs-vswitchd.log && fail "the switch complains"
echo "OVN: $(wc -l <flows.before) flows untouched, $((3 * pings)) pings answered, $((after - before)) packets accounted for"
