"""Faults that are tested next to the code that they concern, and those without a test, with the reason.

``docs/reliability.md`` is generated from this and from the docstrings of the tests of this folder.
"""

from __future__ import annotations

ELSEWHERE: dict[str, tuple[str, str]] = {
    # number: what happens, and the test that shows it (file::name)
    "F04": (
        "The source folder does not exist: that configuration fails with the reason, exit 1, the others run.",
        "tests/e2e/test_sync.py::test_one_failing_configuration_does_not_stop_the_others",
    ),
    "F05": (
        "The source folder is empty, objects exist, and --delete is set: nothing is deleted, exit 1.",
        "tests/e2e/test_options.py::test_an_empty_source_never_empties_the_bucket",
    ),
    "F08": (
        "The deletions exceed delete_guard: nothing is deleted, exit 1 with the numbers.",
        "tests/e2e/test_options.py::test_the_delete_guard_stops_a_mass_deletion",
    ),
    "F10": (
        "A symbolic link leads to a folder above it: the folder is scanned once, one warning, exit 5.",
        "tests/unit/test_scan.py::test_a_loop_is_noticed_and_walked_once",
    ),
    "F12": (
        "Devices, sockets and pipes are ignored with a note; no run waits for them.",
        "tests/unit/test_scan.py::test_pipes_sockets_and_devices_are_passed_over",
    ),
    "F20": (
        "A name is not UTF-8: that file is skipped and shown escaped, exit 5, nothing is deleted.",
        "tests/e2e/test_special_cases.py::test_a_name_that_is_not_utf8_keeps_the_deletion_from_running",
    ),
    "F22": (
        "Names such as -rf, ~, $(x), %20, #?& and quotes are uploaded exactly, and only once.",
        "tests/e2e/test_sync.py::test_strange_names_arrive_exactly",
    ),
    "F25": (
        "Modification times of any century are recorded exactly and compare equal in the next run.",
        "tests/unit/test_scan.py::test_times_of_any_century_are_taken_as_they_are",
    ),
    "F26": (
        "A restored file is older and of the same size: with compare: ledger it is uploaded.",
        "tests/e2e/test_compare.py::test_by_ledger_a_restored_older_file_goes_up",
    ),
    "F27": (
        "A file is created and uploaded within one second: the next run uploads nothing.",
        "tests/e2e/test_sync.py::test_the_second_run_uploads_nothing",
    ),
    "F28": (
        "The clock was ahead and is set back, so that files are from the future: they are uploaded once.",
        "tests/e2e/test_compare.py::test_a_file_from_the_future_goes_up_once",
    ),
    "F29": (
        "Files of 0 bytes, of exactly one part, of one byte more: the right request, the same bytes.",
        "tests/e2e/test_special_cases.py::test_up_to_8_mib_is_one_request_and_a_byte_more_is_two_parts",
    ),
    "F31": (
        "200,000 files in one folder are compared within 200 MiB of memory (with -m soak).",
        "tests/soak/test_soak.py::test_200000_files_in_one_folder_need_bounded_memory",
    ),
    "F32": (
        "The source folder's own name has [1], * or spaces: filters work as in any other folder.",
        "tests/unit/test_scan.py::test_a_folder_name_with_brackets_is_a_folder_like_any_other",
    ),
    "F69": (
        "kill -9 at 20 random moments: only finished uploads are recorded, the next run completes the day.",
        "tests/e2e/test_catch_up.py::test_kill_at_any_moment_leaves_nothing_wrong_and_the_next_run_completes",
    ),
    "F74": (
        "The PowerShell original's state file is read and continued with its statistics.",
        "tests/e2e/test_status.py::test_the_originals_state_is_taken_over_with_its_statistics",
    ),
    "F75": (
        "Two runs use one state file: the second ends with exit 75 and reports the first one's process ID.",
        "tests/e2e/test_catch_up.py::test_of_two_runs_one_works_and_the_other_names_it_and_ends",
    ),
    "F77": (
        "The clock changes, or a date is skipped: yesterday is the calendar day before, in the time zone.",
        "tests/unit/test_clock.py::test_yesterday_is_one_calendar_day_back_in_the_configured_zone",
    ),
    "F78": (
        "After days without a run, --catch-up uploads each missed day, or reports its missing folder.",
        "tests/e2e/test_catch_up.py::test_catching_up_fills_three_weeks_and_names_exactly_the_missing_folders",
    ),
    "F180": (
        "Bucket, server or structure change: days at the previous one are not complete at the new one.",
        "tests/e2e/test_destinations_of_days.py::test_after_a_change_of_the_bucket_its_days_are_missing",
    ),
    "F181": (
        "Uploaded objects are deleted, and their files are gone too: the day is partial, exit 5.",
        "tests/e2e/test_objects_gone.py::test_objects_that_are_gone_make_their_day_partial_at_once",
    ),
    "F182": (
        "Another program replaces an object, and its file is gone: the day is partial, exit 5.",
        "tests/e2e/test_objects_gone.py::test_an_object_that_somebody_replaced_is_not_what_was_uploaded",
    ),
    "F183": (
        "A wrong --target-date has no folder: history does not begin with it, and there are no new gaps.",
        "tests/e2e/test_destinations_of_days.py::test_a_wrong_date_does_not_begin_the_history",
    ),
    "F184": (
        "A FullDirectory is uploaded while the clock shows 1970: history does not begin with that day.",
        "tests/unit/run/test_synchronize.py::test_history_begins_only_with_a_folder_and_a_possible_date",
    ),
}

LEFT_OUT: dict[str, str] = {
    "F30": "Needs a file system with a sparse file of 50 TB.",
    "F35": "Needs mandatory locks or Windows.",
    "F60": "There is no option to prevent overwriting.",
    "F62": "Objects are deleted by key, as aws does.",
    "F70": "Needs a block device that loses writes; F69 kills the process, not the machine.",
    "F76": "Mochok has no scheduler; two runs at the same time are F75.",
    "F79": "There is no daemon.",
    "F82": "Callbacks only put results into a queue; users cannot add callbacks.",
    "F87": "There is no dashboard yet.",
    "F88": "There is no dashboard yet.",
    "F89": "There are no webhooks yet.",
    "F90": "There is no restore yet.",
    "F91": "There is no restore yet.",
    "F92": "Concerns the release of packages, not the program.",
}
