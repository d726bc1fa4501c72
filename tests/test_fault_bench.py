"""What the thresholds promise, on readings that were harmed in known ways: a small turn of the bench of faults.

The texts in `data/fault_bench` were read from this repository's samples and synthetic pages, as they are and as worn
scans: `python -m fault_bench make`.
"""

from pathlib import Path

import pytest
from fault_bench.faults import FAULTS
from fault_bench.pages import load_cases
from fault_bench.table import BEYOND, Witness, rate_alarms, rate_faults

CASES = load_cases(Path(__file__).parent / "data" / "fault_bench")
OUT_OF_REACH = {"numbers changed"}
"""A page has too few numbers: they are a matter of `numbers`, not of what was lost."""


@pytest.mark.parametrize("witness", Witness)
def test_what_is_lost_or_invented_beyond_five_in_a_hundred_is_found(witness: Witness) -> None:
    rates = {name: rates[BEYOND] for name, rates in rate_faults(CASES, witness).items()}
    assert set(rates) == set(FAULTS)
    assert {name: rate for name, rate in rates.items() if rate < 0.95}.keys() <= OUT_OF_REACH


@pytest.mark.parametrize("witness", Witness)
def test_sound_readings_raise_no_alarm(witness: Witness) -> None:
    assert {name: rate for name, rate in rate_alarms(CASES, witness).items() if rate} == {}
