"""Organisations, firms and accounts of the demo district."""

from __future__ import annotations

import re
import statistics
from collections import Counter
from random import Random

import pytest
from stdnum.cn import uscc

from server.core.identity import Role
from server.demo import accounts, people
from server.demo.accounts import User, build_users
from server.demo.people import Organisations, build_organisations
from server.demo.world import HERO, World, build_world

MOBILE = re.compile(r"^1[3-9]\d{9}$")


@pytest.fixture(scope="module")
def world() -> World:
    return build_world()


@pytest.fixture(scope="module")
def units(world: World) -> Organisations:
    return build_organisations(Random("test"), world)


@pytest.fixture(scope="module")
def users(world: World, units: Organisations) -> tuple[User, ...]:
    return build_users(Random("test"), world, units.firms, units.units)


def test_97_firms_share_496_compounds_with_a_long_tail(world: World, units: Organisations) -> None:
    sizes = sorted((len(f.compounds) for f in units.firms), reverse=True)
    assert (len(sizes), sum(sizes), sizes[0], statistics.median(sizes)) == (97, 496, 28, 4)
    managed = {key for f in units.firms for key in f.compounds}
    assert managed == {c.key for c in world.compounds if c.entry.contracted}
    assert sum(f.party_organisation for f in units.firms) == 13


def test_credit_codes_are_valid_and_three_end_in_the_tricky_zero(units: Organisations) -> None:
    codes = [f.uscc for f in units.firms]
    assert len(set(codes)) == 97
    assert all(uscc.is_valid(code) and code.startswith("91999901MADM") for code in codes)
    assert {code for code in codes if code.endswith("0")} == set(people.TRICKY_USCC)


def test_check_digit_knows_the_published_vectors() -> None:
    assert people.uscc_check("91350100M000100Y4") == "3"
    assert people.uscc_check("91110000101623741") == "K"
    assert people.uscc_check("91999901MADM00203") == "0"


def test_the_story_firm_manages_the_story_compound(world: World, units: Organisations) -> None:
    firm = units.firm_of(world.compound(HERO).key)
    assert firm is not None
    assert firm.name == "澜川岸禾物业服务有限公司"
    manager = units.manager_of(world.compound(HERO).key)
    assert manager is not None
    assert manager.firm == firm.key


def test_every_managed_compound_has_one_of_about_300_managers(units: Organisations) -> None:
    assert 280 <= len(units.managers) <= 320
    held = Counter(key for m in units.managers for key in m.compounds)
    assert set(held.values()) == {1}
    assert len(held) == 496


def test_issuing_units_have_their_document_words(units: Organisations) -> None:
    words = {u.name: u.document_word for u in units.units}
    assert words["澄湖区住房和城乡建设局"] == "澄住建物改"
    assert words["青禾街道办事处"] == "青禾办物改"
    assert Counter(u.kind for u in units.units) == {
        "city": 1,
        "district": 1,
        "street": 11,
        "community": 110,
        "department": 6,
        "third_party": 1,
        "firm": 97,
    }


def test_the_fixed_accounts_are_there_with_their_names(users: tuple[User, ...]) -> None:
    fixed = {u.username: (u.name, u.role) for u in users[:8]}
    assert fixed["inspector01"] == ("陈巡01", "inspector")
    assert fixed["inspector02"] == ("李巡02", "inspector")
    assert fixed["street01"] == ("何督01", "supervisor")
    assert fixed["district01"] == ("许督02", "supervisor")
    assert set(fixed) == {
        "inspector01",
        "inspector02",
        "street01",
        "district01",
        "firm01",
        "dept01",
        "legal01",
        "admin01",
    }


def test_accounts_have_known_roles_unique_names_and_the_planned_numbers(users: tuple[User, ...]) -> None:
    assert len({u.username for u in users}) == len(users)
    assert {u.role for u in users} <= {role.value for role in Role}
    levels = Counter(u.level for u in users if u.level)
    assert levels == {"community": 110, "street": 44, "district": 10, "third_party": 8}
    assert sum(u.role == "department" for u in users) == 18
    assert sum(u.role == "firm_handler" for u in users) == 97
    for user in users:
        assert (user.firm is not None) == user.role.startswith("firm_")
        assert (user.area_code is None) == user.role.startswith("firm_")


def test_no_number_can_be_dialled(users: tuple[User, ...], units: Organisations) -> None:
    numbers = [u.phone for u in users] + [f.phone for f in units.firms] + [m.phone for m in units.managers]
    assert all(len(n) == 11 and not MOBILE.match(n) for n in numbers)
    assert accounts.HERO_STREET_CODE == "999901003000"
