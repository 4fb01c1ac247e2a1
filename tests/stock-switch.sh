#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors
#
# What ovs-trumpet says to a stock Open vSwitch, that of Debian's package: it
# is downloaded once and unpacked, not installed.  Skipped where that cannot
# be.  The current directory is that of the build.

set -u
stock=$PWD/tests/stock-switch
run=$(mktemp -d) || exit 1
pids=()
trap 'kill "${pids[@]}" 2>/dev/null; wait; rm -rf "$run"' EXIT

skip () {
    echo "skipped: $*"
    exit 77
}

fail () {
    echo "failed: $*"
    tail -n 20 "$run"/*.log
    exit 1
}

vswitchd=$stock/usr/lib/openvswitch-switch/ovs-vswitchd
if [ ! -x "$vswitchd" ]; then
    mkdir -p "$stock"
    (cd "$stock" && apt-get download openvswitch-switch openvswitch-common &&
        for deb in *.deb; do dpkg -x "$deb" . || exit; done) \
        >"$run/download.log" 2>&1 \
        || skip "the package openvswitch-switch cannot be had"
fi
ldd "$vswitchd" | grep -q 'not found' && skip "it lacks libraries"

export OVS_RUNDIR=$run OVS_LOGDIR=$run OVS_DBDIR=$run
cd "$run" || exit 1
"$vswitchd" --version | sed 1q
ovsdb-tool create conf.db "$stock/usr/share/openvswitch/vswitch.ovsschema" \
    || fail "no database"
ovsdb-server --remote=punix:db.sock conf.db 2>db.log &
pids+=($!)
for _ in $(seq 100); do [ -S db.sock ] && break; sleep 0.1; done
ovs-vsctl --db=unix:db.sock --no-wait init || fail "no database"
"$vswitchd" --enable-dummy --disable-system --pidfile --log-file \
    -vconsole:off unix:db.sock &
pids+=($!)
ovs-vsctl --db=unix:db.sock --timeout=20 add-br br0 -- \
    set bridge br0 datapath_type=dummy || fail "no bridge"

for args in list show 'watch --count=1' 'del --all' 'query t' 'check x' \
            'add t on'; do
    # shellcheck disable=SC2086
    if out=$(ovs-trumpet --timeout=10 --bridge br0 $args 2>&1); then
        fail "$args: it succeeded"
    fi
    case $out in
    *'br0: this switch has no Trumpet (it answered OFPBRC_BAD_VENDOR)'*) ;;
    *) fail "$args: '$out'" ;;
    esac
done
out=$(ovs-trumpet list 2>&1) && fail "list: it succeeded"
case $out in
*'this ovs-vswitchd has no Trumpet'*) ;;
*) fail "list: '$out'" ;;
esac
echo "it says so"
