"""A cheap cluster: one worker, which is a thread of the tests' own process."""

import pytest

from glassjax.campaigns import task


@pytest.fixture(scope="package")
def scheduler():
    """A scheduler with one worker, a thread of this process, which has all its imports behind it."""
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(
        n_workers=1,
        threads_per_worker=1,
        processes=False,
        dashboard_address="127.0.0.1:0",
        host="127.0.0.1",
        protocol="tcp",
        silence_logs=50,
    ) as local:
        yield local.scheduler_address


@pytest.fixture(autouse=True)
def no_shared_folder_of_programs(monkeypatch):
    """Workers of this process leave its own settings alone."""
    monkeypatch.setattr(task, "_prepare", lambda programs: None)
