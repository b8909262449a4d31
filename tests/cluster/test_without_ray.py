"""What those see who have no Ray."""

from __future__ import annotations

from tests.processes import run_python

# As if it were not installed.
HIDDEN = "import sys; sys.modules['ray'] = None; import lstmmusic as lm; "


def test_without_ray_a_sentence_says_how_to_get_it_and_all_else_works() -> None:
    code = (
        HIDDEN + "pieces = lm.load_pieces(quiet=True); "
        "trainer = lm.Trainer(pieces, None, lm.NetworkConfig(hidden=(4, 4, 4)), device='cpu'); next(trainer.steps()); "
        "wanted = lambda: next(lm.train_together(trainer)); \n"
        "try: wanted()\n"
        "except lm.ClusterError as error: print(error)"
    )
    assert run_python("-W", "error", "-c", code).stdout.strip().endswith("pip install 'lstmmusic[cluster]'")


def test_ray_is_not_imported_before_it_is_needed() -> None:
    code = (
        "import sys, lstmmusic as lm; lm.train_together; lm.sweep; lm.Studio; lm.Cluster('auto'); "
        "assert not {'ray', 'pyarrow', 'pandas', 'torch.distributed.tensor'} & set(sys.modules)"
    )
    run_python("-c", code)
