"""What the table on paper says; its figures come from machines, and are not tested."""

from __future__ import annotations

import pytest

from benchmarks.__main__ import main
from benchmarks.scale import on_paper


def test_table_on_paper_says_what_saturates_first() -> None:
    costs = {"file_on_a_worker": 3.6e-3, "file_in_the_notebook": 3.6e-4, "start_of_a_run": 6.0, "bytes_of_a_run": 6e6}
    one, eight, many = on_paper(costs)
    assert [row["machines"] for row in (one, eight, many)] == [1, 8, 64]
    assert [row["hours_of_a_million_files"] for row in (one, eight, many)] == pytest.approx([1, 0.125, 0.1], abs=0.01)
    assert [row["files_saturate"].split(",")[0] for row in (one, eight, many)] == [
        "the machines",
        "the machines",
        "the notebook",
    ]
    assert one["hours_of_a_thousand_runs"] == pytest.approx(64 * many["hours_of_a_thousand_runs"], rel=0.02)
    assert many["megabytes_per_second_into_the_storage"] == pytest.approx(6.4)


def test_unknown_part_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scale", "sweeps"]) == 1
    assert "the parts are sweep, failures, together, intake, corpus" in capsys.readouterr().err
