# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors
"""A private Open vSwitch on the dummy datapath, with Trumpet's database, for
the tests of faults.  Root is not needed.

$PATH must begin with the build tree's bin/.

    with switch.Switch() as sw:
        sw.vsctl('add-port', 'br0', 'p1', ...)
        sw.control.call('trumpet/show')

On the way out, daemons are ended, and it is an error if one of them logged
what it should not have, or if a sanitizer found anything."""

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

SOURCE = os.path.abspath(os.path.join(os.path.dirname(__file__), '../..'))
VSWITCH_SCHEMA = 'ovs-src/vswitchd/vswitch.ovsschema'
TRUMPET_SCHEMA = os.path.join(SOURCE, 'lib/db/trumpet.ovsschema')
DAEMONS = 'ovs-vswitchd', 'ovsdb-server'

# Only what hangs takes so long, also with a sanitizer on a busy machine.
PATIENCE_S = 120

# What Open vSwitch says, and why that is no finding.
HARMLESS = re.compile('|'.join((
    # A thread got no CPU.  Who waits for it for 10 s, waits for one that
    # hangs.
    r'\|timeval(\(\w+\))?\|WARN\|',
    r'\|ovs_rcu(\(\w+\))?\|WARN\|blocked \d{4} ms waiting for',
    # The other end was killed, or is not there yet.
    r'\|WARN\|.*connection (dropped|attempt failed)',
    r'\|jsonrpc\|WARN\|.* (send|receive) error: ',
    # Our affinities took the last core.
    r'\|dpif_netdev\|WARN\|No non-isolated pmd on any numa available for ',
    # A flow of the datapath went with its port while it was looked at.
    r'\|ofproto_dpif_upcall(\(\w+\))?\|WARN\|Failed to acquire udpif_key '
    r'corresponding to unexpected flow \(No such file',
    # Two threads wanted to install the same flow at once.
    r'\|ofproto_dpif_upcall(\(\w+\))?\|WARN\|upcall_cb failure: ukey '
    r'installation fails',
    # Of these, too many came at once.
    r'\|(dpif|dpif_netdev|jsonrpc|ofproto_dpif_upcall)(\(\w+\))?\|WARN\|'
    r'Dropped \d+ log messages in last',
)))
SANITIZER = re.compile(r'runtime error:|ERROR: \w+Sanitizer'
                       r'|WARNING: ThreadSanitizer|^==\d+== ', re.M)
LEDGER = re.compile(r'^  total: received=(\d+) counted=(\d+) unmatched=(\d+) '
                    r'not_observed=(\d+) dropped_invalid=(\d+) ', re.M)
LEDGER_FIELDS = ('received', 'counted', 'unmatched', 'not_observed',
                 'dropped_invalid')


class Failure(Exception):
    """What a test found."""


def wait_until(condition, what, patience_s=PATIENCE_S):
    """Returns what 'condition' returns as soon as that is true."""
    end = time.monotonic() + patience_s
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > end:
            raise Failure('waited in vain for ' + what)
        time.sleep(0.005)


def run(*args, **options):
    """Runs a program, which must succeed, and returns what it printed."""
    done = subprocess.run(args, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False,
                          timeout=PATIENCE_S, **options)
    if done.returncode:
        raise Failure('%s: status %d\n%s' % (' '.join(args), done.returncode,
                                             done.stdout.strip()))
    return done.stdout


def is_alive(pid):
    """Zombies are not, once their last thread is gone: until then they hold
    locks."""
    try:
        with open('/proc/%d/stat' % pid, encoding='utf-8') as file:
            zombie = file.read().rsplit(')', 1)[1].split()[0] == 'Z'
        return not zombie or len(os.listdir('/proc/%d/task' % pid)) > 1
    except (FileNotFoundError, ProcessLookupError):
        return False


def preload(name):
    """Returns environment for a switch with our library tests/faults/NAME."""
    build = os.path.dirname(os.path.dirname(
        shutil.which('ovs-trumpetctl') or '/'))
    library = os.path.join(build, 'tests/faults', name)
    if not os.path.exists(library):
        sys.exit('%s is missing' % library)
    # A sanitizer's library is only the second one then.
    os.environ['ASAN_OPTIONS'] = ':'.join(filter(None, (
        os.environ.get('ASAN_OPTIONS'), 'verify_asan_link_order=0')))
    return {'LD_PRELOAD': library}


class Control:
    """A connection to the control socket of a daemon, as ovs-appctl(8)."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(PATIENCE_S)
        self.socket.connect(path)
        self.buffer = ''

    def call(self, method, *params):
        self.socket.sendall(json.dumps(
            {'id': 0, 'method': method, 'params': params}).encode())
        while True:
            try:
                reply, end = json.JSONDecoder().raw_decode(self.buffer)
            except ValueError:
                data = self.socket.recv(1 << 20)
                if not data:
                    raise ConnectionResetError(method) from None
                self.buffer += data.decode()
            else:
                self.buffer = self.buffer[end:]
                break
        if reply['error'] is not None:
            raise Failure('%s %s: %s' % (method, ' '.join(params),
                                         reply['error'].strip()))
        return reply['result']

    def close(self):
        self.socket.close()

    def ledger(self):
        """Returns the totals of trumpet/show by name, once they balance."""
        show = self.call('trumpet/show')
        ledger = dict(zip(LEDGER_FIELDS,
                          map(int, LEDGER.search(show).groups())))
        if ('does not balance' in show
                or 2 * ledger['received'] != sum(ledger.values())):
            raise Failure('the ledger does not balance:\n' + show)
        return ledger


class Switch:
    """'environment' is that of ovs-vswitchd.  What it may log as a warning or
    an error, beyond what is harmless, matches the regular expression
    'expected'."""

    def __init__(self, environment=None, expected=None, numa='0,0,0,0'):
        self.environment = environment or {}
        self.expected = re.compile(expected) if expected else None
        self.options = ['--enable-dummy', '--disable-system',
                        '--disable-system-route', '--dummy-numa', numa]
        self.control = None
        self.directory = tempfile.mkdtemp(prefix='trumpet-faults.')
        self.n_sanitizer_findings = 0

        tool = shutil.which('ovsdb-tool')
        if not tool or not shutil.which('ovs-trumpetctl'):
            raise Failure("$PATH does not begin with the build tree's bin/")
        self.build = os.path.dirname(os.path.dirname(tool))
        os.environ.update(OVS_RUNDIR=self.directory, OVS_DBDIR=self.directory,
                          OVS_LOGDIR=self.directory,
                          OVS_SYSCONFDIR=self.directory)
        for name in 'ASAN_OPTIONS', 'UBSAN_OPTIONS':
            os.environ[name] = ':'.join(filter(None, (
                os.environ.get(name), 'detect_leaks=0', 'halt_on_error=1',
                'print_stacktrace=1',
                'log_path=' + self.path('sanitizer'))))

    def path(self, name):
        return os.path.join(self.directory, name)

    def watch(self):
        """Returns a socket from which reports come."""
        path = self.path('trumpet.sock')
        wait_until(lambda: os.path.exists(path), 'trumpet.sock')
        reports = socket.socket(socket.AF_UNIX)
        reports.connect(path)
        return reports

    def __enter__(self):
        # So that nothing of us is left.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit('ended'))
        try:
            run('ovsdb-tool', 'create', self.path('conf.db'),
                os.path.join(self.build, VSWITCH_SCHEMA))
            run('ovsdb-tool', 'create', self.path('ovs-trumpet.db'),
                TRUMPET_SCHEMA)
            self.start_server()
            self.vsctl('--no-wait', 'init', '--', 'add-br', 'br0', '--',
                       'set', 'Bridge', 'br0', 'datapath_type=dummy')
            self.start()
        except BaseException:
            self._end(False)
            raise
        return self

    def __exit__(self, kind, value, traceback):
        self._end(kind is None)

    def _end(self, check):
        logs = ''
        try:
            if check and self.control:
                self.exit()
        finally:
            for daemon in DAEMONS:
                with contextlib.suppress(OSError, ValueError):
                    os.kill(self.pid(daemon), signal.SIGKILL)
            findings = self.findings()
            if not check or findings:
                logs = self.tail('ovs-vswitchd.log')
            shutil.rmtree(self.directory, ignore_errors=True)
            if logs:
                print('end of ovs-vswitchd.log:\n%s' % logs)
            if findings:
                print('\n'.join(findings))
        if check and findings:
            raise Failure('%d lines in logs that should not be there'
                          % len(findings))

    # Daemons.

    def start_server(self):
        run('ovsdb-server', self.path('conf.db'), self.path('ovs-trumpet.db'),
            '--pidfile', '--remote=punix:' + self.path('db.sock'),
            '--log-file', '--no-chdir', '--detach', '-vconsole:off',
            '-vsyslog:off', cwd=self.directory)

    def start(self):
        """Starts ovs-vswitchd; returns when it has configured itself."""
        run('ovs-vswitchd', *self.options, '--pidfile', '--log-file',
            '--no-chdir', '--detach', '-vconsole:off', '-vsyslog:off',
            'unix:' + self.path('db.sock'), cwd=self.directory,
            env={**os.environ, **self.environment})
        self.connect()

    def connect(self):
        if self.control:
            self.control.close()
        self.control = self.open_control()

    def open_control(self, daemon='ovs-vswitchd'):
        return Control(self.path('%s.%d.ctl' % (daemon, self.pid(daemon))))

    def pid(self, daemon='ovs-vswitchd'):
        with open(self.path(daemon + '.pid'), encoding='utf-8') as file:
            return int(file.read())

    def kill(self, daemon='ovs-vswitchd'):
        """Ends a daemon as a crash would."""
        pid = self.pid(daemon)
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not is_alive(pid), 'the end of ' + daemon)

    def exit(self):
        """Ends ovs-vswitchd in good order."""
        pid = self.pid()
        self.control.call('exit')
        wait_until(lambda: not is_alive(pid), 'the end of ovs-vswitchd')
        self.control.close()
        self.control = None

    def rss_bytes(self):
        with open('/proc/%d/statm' % self.pid(), encoding='utf-8') as file:
            return int(file.read().split()[1]) * os.sysconf('SC_PAGESIZE')

    # Commands.

    @staticmethod
    def vsctl(*args):
        return run('ovs-vsctl', '--timeout=%d' % PATIENCE_S, *args)

    @staticmethod
    def trumpetctl(*args):
        return run('ovs-trumpetctl', '--timeout=%d' % PATIENCE_S, *args)

    @staticmethod
    def ofctl(*args):
        return run('ovs-ofctl', '--timeout=%d' % PATIENCE_S, *args)

    def configure(self, **settings):
        """Sets keys of other_config: trumpet_enable='true'."""
        self.vsctl('set', 'Open_vSwitch', '.', *(
            'other_config:%s=%s' % (key.replace('_', '-'), value)
            for key, value in settings.items()))

    def add_port(self, bridge, name, kind='dummy-pmd', **options):
        self.vsctl('add-port', bridge, name, '--', 'set', 'Interface', name,
                   'type=' + kind, *('options:%s=%s' % option
                                     for option in options.items()))

    def trigger_names(self):
        """The names of all triggers; each line of list-triggers counts."""
        return [line.split()[0] for line in self.control.call(
            'trumpet/list-triggers').splitlines()[1:]]

    # Logs.

    def tail(self, name, n=15):
        with contextlib.suppress(OSError):
            with open(self.path(name), encoding='utf-8',
                      errors='replace') as file:
                return ''.join(file.readlines()[-n:])
        return ''

    def log_lines(self):
        """All lines that ovs-vswitchd logged."""
        with contextlib.suppress(FileNotFoundError):
            with open(self.path('ovs-vswitchd.log'), encoding='utf-8',
                      errors='replace') as file:
                return file.read().splitlines()
        return []

    def findings(self):
        """What should not be there: in the log, and from sanitizers."""
        found = []
        for line in self.log_lines():
            if (re.search(r'\|(WARN|ERR|EMER)\|', line)
                    and not HARMLESS.search(line)
                    and not (self.expected and self.expected.search(line))):
                found.append(line)
        for name in os.listdir(self.directory):
            if name.startswith('sanitizer.'):
                with open(self.path(name), encoding='utf-8',
                          errors='replace') as file:
                    text = file.read()
                if SANITIZER.search(text):
                    found.append(text)
        return found
