# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors
"""Processes that end with the program that started them, however that ends.

    @processes.program(seconds=300, needs=('nft', 'tc'))
    def main(): ...

runs main() with a directory of its own, for at most so long.  On its return,
on an error, on ^C and on SIGTERM all processes are ended and the directory is
removed; where this program is killed, the kernel kills them.  The exit status
is 77 where a laboratory is not possible here, as automake wants it."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

SKIPPED = 77
TERM_SECONDS = 5
# Before whatever else runs here, behind the monitor's sweeper.
NICE = -4

_started = []
directory = None        # Of this run, for logs, sockets and captures.


class LabError(Exception):
    """What stops the laboratory, in words for its user."""


class Skip(Exception):
    """Why there can be no laboratory here."""


def need(*programs):
    for name in programs:
        if not shutil.which(name):
            raise Skip('%s is not installed' % name)


def start(command, **options):
    """Starts 'command' in the background and returns its Popen.  Must be
    called from the main thread: with it the processes end."""
    process = subprocess.Popen(['setpriv', '--pdeathsig', 'KILL', *command],
                               **options)
    _started.append(process)
    return process


def run(command, seconds=30, **options):
    """Runs 'command', which must succeed, and returns what it printed."""
    done = subprocess.run(['setpriv', '--pdeathsig', 'KILL', *command],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, timeout=seconds, check=False, **options)
    if done.returncode:
        raise LabError('%s: status %d\n%s' % (
            ' '.join(command), done.returncode, done.stdout.strip()))
    return done.stdout


def stop(process, number=signal.SIGTERM):
    """Ends 'process' and returns its status."""
    if process.poll() is None:
        process.send_signal(number)
        try:
            process.wait(TERM_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
    return process.wait()


def finish(process, seconds):
    """Waits for the end of 'process', started with text pipes, and returns
    what it printed."""
    try:
        output, _ = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired as error:
        raise LabError('%s: not finished after %d s' % (
            ' '.join(process.args), seconds)) from error
    if process.returncode:
        raise LabError('%s: status %d\n%s' % (
            ' '.join(process.args), process.returncode, output or ''))
    return output


def wait_until(condition, seconds, what):
    """Waits until condition() is true, and returns what it returned."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise LabError('no %s within %g s' % (what, seconds))
        time.sleep(0.01)


def stop_all():
    """Ends all processes that were started."""
    while _started:
        stop(_started.pop())


def _clean_up():
    for number in signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGALRM:
        signal.signal(number, signal.SIG_IGN)
    stop_all()
    shutil.rmtree(directory, ignore_errors=True)


def _expire(_number, _frame):
    raise LabError('took too long')


def _end(number, _frame):
    sys.exit(128 + number)


def program(seconds, needs=(), root=True):
    """See above.  Without 'root', there will be no namespaces."""
    def decorator(function):
        def main(*arguments):
            global directory
            name = os.path.basename(sys.argv[0])
            for number in signal.SIGTERM, signal.SIGHUP, signal.SIGINT:
                signal.signal(number, _end)
            signal.signal(signal.SIGALRM, _expire)
            signal.alarm(seconds)
            directory = tempfile.mkdtemp(prefix='trumpet-lab.')
            try:
                if root:
                    if os.geteuid():
                        raise Skip('network namespaces need root')
                    os.nice(NICE)
                    need('nsenter', 'unshare', 'ip', 'ethtool')
                need('setpriv', *needs)
                return function(*arguments) or 0
            except Skip as skip:
                print('%s: skipped: %s' % (name, skip), file=sys.stderr)
                return SKIPPED
            except (LabError, OSError, subprocess.SubprocessError) as error:
                print('%s: %s' % (name, error), file=sys.stderr)
                return 1
            finally:
                _clean_up()
        return main
    return decorator
