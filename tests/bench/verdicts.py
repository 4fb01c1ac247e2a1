# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors
"""What of the heavy hitters in heavy_script.py a tool detects.

Whoever looks at a tool's output calls a flow heavy as soon as it shows more
than THRESHOLD bytes of it within one epoch of 10 ms or, where what it shows is
older than that, at one look.  That is the most that can be detected; what it
costs are false reports, of flows that were not heavy at any time that was
looked at."""

import collections
import statistics

from heavy_script import EPOCH_US, THRESHOLD

# A heavy flow was called so at 'seen_us', for some time in between.
Report = collections.namedtuple('Report', 'key from_us to_us seen_us')

# .heavy and .detected are numbers of heavy hitters, .delay_us the median from
# the packet with which a flow became one to the first report, .reports the
# number of all and .false that of the false ones.
Verdict = collections.namedtuple(
    'Verdict', 'heavy detected delay_us reports false')


def reports_of(sightings):
    """Yields the reports that follow from sightings in the order of time."""
    shown = {}
    for key, from_us, to_us, size in sightings:
        epoch = to_us // EPOCH_US
        total = shown.get(key)
        if total is None or total[0] != epoch:
            total = shown[key] = [epoch, 0, from_us]
        before = total[1]
        total[1] += size
        if before <= THRESHOLD < total[1]:
            yield Report(key, min(total[2], from_us), to_us, to_us)


def judge(truth, start_us, reports):
    """Returns the verdict on reports about a script that began at
    'start_us'."""
    heavy, unsure = {}, {}      # By key, the epochs.
    for which, result in (truth.heavy, heavy), (truth.unsure, unsure):
        for key, epoch in which:
            result.setdefault(key, set()).add(epoch)
    seen, n_reports, n_false = {}, 0, 0
    for report in sorted(reports, key=lambda report: report.seen_us):
        epochs = range((report.from_us - start_us) // EPOCH_US,
                       (report.to_us - start_us) // EPOCH_US + 1)
        found = heavy.get(report.key, set()).intersection(epochs)
        if not found and unsure.get(report.key, set()).intersection(epochs):
            continue
        n_reports += 1
        n_false += not found
        for epoch in found:
            seen.setdefault((report.key, epoch), report.seen_us)
    delays = [at - start_us - truth.heavy[which]
              for which, at in seen.items()]
    return Verdict(len(truth.heavy), len(seen),
                   statistics.median(delays) if delays else None, n_reports,
                   n_false)
