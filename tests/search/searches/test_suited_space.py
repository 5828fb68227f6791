"""Encoders are not compared at the learning rates of one of them."""

import pytest

from redsm5_hpo.core.errors import StudyError
from redsm5_hpo.params import Choices, Params, Range, Space, suited_ranges
from redsm5_hpo.search.searches.suited_space import check_rates

ENCODERS: Space = {"encoder": Choices(choices=("minilm_l6", "bert_base"))}
OF_MINILM = Range.model_validate(suited_ranges("minilm_l6")[0].dimensions()["learning_rate"])
RATES: dict[str, Space] = {"searched": {"learning_rate": OF_MINILM}, "not searched": {}}
OTHERS: dict[str, Space] = {
    "relative ones": {**ENCODERS, "learning_rate_factor": Range(low=0.1, high=2.0, log=True)},
    "a range of one's own": {**ENCODERS, "learning_rate": Range(low=1e-6, high=2e-3, log=True)},
    "encoders that suit the same": {"encoder": Choices(choices=("bert_base", "roberta_base"))},
    "one encoder": {"learning_rate": OF_MINILM},
}


@pytest.mark.parametrize("rates", RATES.values(), ids=RATES)
def test_encoders_at_the_learning_rates_of_one_are_refused(params: Params, rates: Space) -> None:
    with pytest.raises(StudyError, match=r"of minilm_l6\n  got: .*bert_base, which suits 2e-05\n(.|\n)*hpo\.space"):
        check_rates({**ENCODERS, **rates}, params.default_configuration, "hpo.space")


@pytest.mark.parametrize("space", OTHERS.values(), ids=OTHERS)
def test_other_learning_rates_are_taken(params: Params, space: Space) -> None:
    check_rates(space, params.default_configuration, "hpo.space")


@pytest.mark.parametrize("values", [{"learning_rate": 1e-4}, {"learning_rate_factor": 1.0}])
def test_a_learning_rate_of_ones_own_is_taken(params: Params, values: dict[str, float]) -> None:
    check_rates(ENCODERS, params.default_configuration.with_values(values), "hpo.space")
