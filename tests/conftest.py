"""The shipped rules, and real servers for the tests, started once and only where a test asks for them.

Where a server is not installed its tests are skipped; with CI=true they fail, so that nobody believes they ran.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Generator, Iterator
from typing import Any

import pytest
from hypothesis import settings
from sqlalchemy import create_engine, text

from mailbot.adapters.files import load_policy
from mailbot.core.language import Localized
from mailbot.core.policy import Desk, Limits, Policy
from mailbot.demo.server import EmbeddedServer
from tests.rigs import dovecot as dovecot_rig
from tests.rigs import embedded as embedded_rig
from tests.rigs import postfix as postfix_rig
from tests.rigs import postgres as postgres_rig
from tests.service.town import ROOT

# The same examples at every run: what fails, fails for whoever broke it, and on a slow machine as on a quick one.
# To look for new ones: HYPOTHESIS_PROFILE=explore make test
settings.register_profile("repeatable", derandomize=True, deadline=None, max_examples=60)
settings.register_profile("explore", deadline=None, max_examples=2000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport() -> Generator[None, Any, Any]:
    """No garbage is collected while a failure is written down.

    A finalizer that raises then is written down, too, in the midst of ``ast.parse``, which Python before 3.12 does not
    survive ("AST constructor recursion depth mismatch"): the run would end with no summary.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()


def missing(reason: object) -> None:
    """Skip, or fail in CI."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{reason}, and CI must run every test")
    pytest.skip(str(reason))


@pytest.fixture(scope="session")
def dovecot() -> Iterator[dovecot_rig.Dovecot]:
    try:
        dovecot_rig.binary()
    except FileNotFoundError as error:
        missing(error)
    with dovecot_rig.dovecot() as server:
        yield server


@pytest.fixture(scope="session")
def postfix(dovecot: dovecot_rig.Dovecot) -> Iterator[postfix_rig.Postfix]:
    """Delivers into ``dovecot``."""
    started = postfix_rig.postfix(lmtp_port=dovecot.lmtp_port)
    try:
        server = started.__enter__()
    except (FileNotFoundError, PermissionError) as error:
        missing(error)
        return
    try:
        yield server
    finally:
        started.__exit__(None, None, None)


@pytest.fixture(scope="session")
def embedded() -> Iterator[EmbeddedServer]:
    with embedded_rig.embedded() as server:
        yield server


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a database that all tests of this run share."""
    if postgres_rig.binaries() is None:
        missing("PostgreSQL is not installed")
    with postgres_rig.postgres() as url:
        yield url


@pytest.fixture
def postgres_url(postgres_server: str) -> str:
    """The URL of an empty database on PostgreSQL."""
    engine = create_engine(postgres_server)
    with engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    engine.dispose()
    return postgres_server


@pytest.fixture(scope="session")
def shipped() -> Policy:
    desk = Desk(
        name=Localized(fr="Inscriptions"),
        addresses=("desk@town.example",),
        signature=Localized(fr="L’équipe"),
        coordinators=("coordinator@town.example",),
        coordinator_language="en",
        secret=b"0123456789abcdef",
    )
    policy, problems = load_policy(desk, Limits(), ROOT / "rules", ROOT / "templates")
    assert policy is not None, problems
    return policy
