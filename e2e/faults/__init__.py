"""Faults, injected for real: what breaks, who watches, and what must hold all the same.

`history` is what happened, `witness` who watched, `posters` who talked, `checker` what must be true of it; `rehearsal`
puts them together, and test_witnesses.py is a good first read. Which test injects which fault:

F1   killed before the commit                         e2e/faults/test_kills.py
F2   killed after the commit, before the bell         e2e/faults/test_kills.py
F3   killed after the bell, before the answer         e2e/faults/test_kills.py
     and one that has read a page that was linked to  e2e/faults/test_previews.py
F4   a worker killed under 500 pages                  e2e/faults/test_workers.py
     and who is shown as being there                  e2e/faults/test_ghosts.py
F5   a worker that hangs, is stopped and goes on      e2e/faults/test_workers.py
F6   workers replaced one by one under load           e2e/test_rolling_restart.py
F7   SIGTERM with a reader that does not read         e2e/test_drain.py
F8   Redis killed, and back with nothing in it        e2e/faults/test_brokers.py
     Redis's machine gone without a word, and another e2e/faults/test_lost_machine.py
F9   Redis hangs for twenty seconds                   e2e/faults/test_brokers.py
F10  Redis flushed, its subscribers cut               e2e/faults/test_brokers.py
F11  Redis out of memory, a subscriber too slow       e2e/faults/test_brokers.py
F12  SQLite locked by another writer                  e2e/faults/test_databases.py
F13  four processes write to SQLite at once           e2e/faults/test_databases.py
F15  PostgreSQL restarted, fast and at once           e2e/faults/test_databases.py
F16  a post that has its tick and does not commit     e2e/faults/test_databases.py
F17  a post that is the victim of a deadlock          e2e/faults/test_databases.py
F19  a connection that is half open                   e2e/faults/test_dead_peers.py
F20  a client that is stopped                         e2e/faults/test_dead_peers.py
F21  a reader that takes nothing                      e2e/faults/test_slow_readers.py
F22  a reader that takes little                       e2e/faults/test_slow_readers.py
F23  500 connections reset at once                    e2e/faults/test_resets.py
F24  2,000 pages that come back at once              e2e/test_storm.py rooms/tests/live/test_storms.py
F25  posts between page and socket                    rooms/tests/live/test_cursors.py e2e/test_page_load_race.py
F26  posts between catching up and listening          rooms/tests/live/test_cursors.py
F27  a sender who hangs up                            e2e/faults/test_resets.py
F28  the same post many times over                    e2e/faults/test_duplicates.py
F29  changes while a page is away                     rooms/tests/live/test_cursors.py e2e/test_lost_line.py
F30  cursors that are wrong                           rooms/tests/live/test_cursors.py
F31  a backup restored under open pages               rooms/tests/live/test_cursors.py
F34  rights that end in a flood                       e2e/faults/test_revocations.py
F35  a feed that is slow to read                      rooms/tests/live/test_slow_reads.py
F37  few file descriptors                             e2e/faults/test_descriptors.py
F38  ten thousand posts while a page is away          e2e/faults/test_long_absence.py
F39  ten minutes of coming and going                  e2e/faults/test_soak.py
F40  histories that Hypothesis makes up               rooms/tests/live/test_machine.py
     lines that are late, thin, in pieces, cut short  e2e/faults/test_bad_lines.py
"""
