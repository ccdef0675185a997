from pathlib import Path

import openpyxl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from accounts import uscc

DATA = Path(__file__).parent.parent / "data"
CHARACTERS = st.sampled_from(uscc.ALPHABET)
BODIES = st.builds(
    lambda head, division, organization: head + division + organization,
    st.text(CHARACTERS, min_size=2, max_size=2),
    st.text(st.sampled_from("0123456789"), min_size=6, max_size=6),
    st.text(CHARACTERS, min_size=8, max_size=8),
)


def codes_of(name):
    sheet = openpyxl.load_workbook(DATA / name).active
    column = [cell.value for cell in sheet[1]].index("统一社会信用代码")
    return [row[column] for row in sheet.iter_rows(min_row=2, values_only=True)]


def test_code_with_both_checks_right_is_valid():
    assert uscc.problems("91350100M000100Y43") == []
    assert uscc.is_valid("91110000600037341L")


@pytest.mark.parametrize(
    ("code", "reasons"),
    [
        ("91350100M000100Y4Z", ["alphabet"]),
        ("91350100M000100Y44", ["check"]),
        ("", ["length"]),
        ("91350100M000100Y4", ["length"]),
        ("91350100M000100Y433", ["length"]),
        ("91350100m000100y43", ["alphabet"]),
        ("9135010０M000100Y43", ["alphabet"]),
        ("9135010AM000100Y43", ["division", "check"]),
    ],
)
def test_faulty_code_names_its_reason(code, reasons):
    assert uscc.problems(code) == reasons


def test_wrong_organization_code_under_a_right_outer_check_is_caught():
    body = "91350100M000100Y5"
    last = next(character for character in uscc.ALPHABET if "check" not in uscc.problems(body + character))

    assert uscc.problems(body + last) == ["organization_code"]


def test_every_code_of_the_bureaus_list_is_valid():
    codes = codes_of("challenge_list.xlsx")

    assert len(codes) == 20
    assert [code for code in codes if not uscc.is_valid(code)] == []


def test_only_the_first_code_of_the_faulty_list_is_invalid():
    codes = codes_of("challenge_list_faulty.xlsx")

    assert [uscc.problems(code) for code in codes] == [["check"]] + [[]] * 11


@pytest.mark.parametrize(
    ("code", "check"),
    [("M000100Y", "4"), ("M000100Y4", "4"), ("60003734", "1"), ("D2143569", "X"), ("00000000", "0")],
)
def test_organization_code_check_is_that_of_gb_11714(code, check):
    assert uscc.organization_code_check(code) == check


@pytest.mark.parametrize("code", ["", "M000100"])
def test_organization_code_check_of_too_few_characters_is_refused(code):
    with pytest.raises(ValueError, match="argument 2 is"):
        uscc.organization_code_check(code)


@given(BODIES)
@example("91350100M000100Y")
def test_made_code_is_valid_and_keeps_its_body(body):
    code = uscc.make(body)

    assert uscc.is_valid(code)
    assert code.startswith(body)


@pytest.mark.parametrize("body", ["", "91350100M000100", "91350100M000100Y4", "91350100MIOSVZ00", "913501A0M000100Y"])
def test_body_that_cannot_be_a_code_is_refused(body):
    with pytest.raises(ValueError, match="is not two characters"):
        uscc.make(body)


@given(BODIES, st.integers(0, 17), CHARACTERS)
def test_any_single_changed_character_is_caught_by_the_outer_check(body, position, character):
    """31 is prime and no weight is a multiple of it, so one changed character always moves the outer sum."""
    code = uscc.make(body)
    changed = code[:position] + character + code[position + 1 :]

    assert ("check" in uscc.problems(changed)) is (changed != code)


@given(BODIES, st.integers(0, 16), st.integers(0, 16))
def test_any_two_swapped_characters_before_the_last_are_caught_by_the_outer_check(body, first, second):
    """The seventeen weights all differ modulo 31."""
    code = uscc.make(body)
    characters = list(code)
    characters[first], characters[second] = characters[second], characters[first]
    swapped = "".join(characters)

    assert ("check" in uscc.problems(swapped)) is (swapped != code)


@given(BODIES, st.integers(8, 15), CHARACTERS)
def test_inner_check_misses_only_changes_by_eleven_or_more(body, position, character):
    """GB 11714 counts modulo 11 over 36 characters: A (10) for L (21) passes it; the outer check does not let it."""
    code = uscc.make(body)
    changed = code[:position] + character + code[position + 1 :]
    same_modulo = (int(character, 36) - int(code[position], 36)) % 11 == 0

    assert ("organization_code" in uscc.problems(changed)) is not same_modulo


def test_clean_accepts_what_people_paste():
    assert uscc.clean(" ９１３５０１００-m000100y4 3\n") == "91350100M000100Y43"
