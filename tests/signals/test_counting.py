import numpy as np
import pytest

from persona.signals.counting import positions


@pytest.mark.parametrize("customers", [[2, 5, 9], [2, 5, 9_000_000_000]])
def test_customers_are_found_whether_their_numbers_lie_close_or_far(customers):
    numbers = np.array(customers)
    assert positions(numbers, numbers[[2, 0, 1, 1]]).tolist() == [2, 0, 1, 1]


def test_nobody_is_found_among_nobody():
    assert positions(np.array([], dtype=np.int64), np.array([], dtype=np.int64)).tolist() == []
