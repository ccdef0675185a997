import contextlib
import io
import zipfile
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from django.utils.translation import override
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.worksheet.formula import ArrayFormula

from challenges import spreadsheet, workbook
from challenges.calendar import SHANGHAI
from challenges.workbook import COLUMNS, Target, Unreadable

DATA = Path(__file__).parent.parent / "data"
LIST = DATA / "challenge_list.xlsx"
TODAY = date(2026, 11, 23)


@pytest.fixture(autouse=True)
def _in_english():
    with override("en"):
        yield


def read(source, today=TODAY):
    with source.open("rb") if isinstance(source, Path) else source as stream:
        return workbook.read(stream, today=today)


def refused(source):
    with pytest.raises(Unreadable) as caught:
        read(source)
    return caught.value


def edited(change=None, /, **cells):
    """The bureau's list with some of its cells, or anything else about it, changed."""
    book = openpyxl.load_workbook(LIST)
    for place, value in cells.items():
        book.active[place] = value
    if change:
        change(book)
    return saved(book)


def saved(book):
    stream = io.BytesIO()
    book.save(stream)
    stream.seek(0)
    return stream


def repacked(replace):
    """The bureau's list with parts replaced: {name: bytes}."""
    stream = io.BytesIO()
    with zipfile.ZipFile(LIST) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        for name in {*old.namelist(), *replace}:
            new.writestr(name, replace[name] if name in replace else old.read(name))
    stream.seek(0)
    return stream


def sheet_part(old, new):
    with zipfile.ZipFile(LIST) as archive:
        text = archive.read("xl/worksheets/sheet1.xml").decode()
    assert old in text
    return {"xl/worksheets/sheet1.xml": text.replace(old, new, 1).encode()}


def faults_of(reading):
    return [(fault.row, fault.column, fault.cell, fault.code) for fault in reading.faults]


def test_bureaus_list_is_read_whole():
    reading = read(LIST)

    assert reading.ok
    assert (reading.total, len(reading.rows), reading.faulty_rows) == (20, 20, 0)
    assert (reading.ignored_columns, reading.ignored_sheets) == ([], [])
    assert [row.serial for row in reading.rows] == [str(number) for number in range(1, 21)]
    assert [row.row for row in reading.rows] == list(range(2, 22))
    assert {row.industry for row in reading.rows} == set(workbook.INDUSTRIES.values())
    assert {row.kind for row in reading.rows} == set(workbook.KINDS.values())


def test_row_holds_every_column_as_it_is_meant():
    row = read(LIST).rows[0]

    assert row.title == "费托蜡加氢异构制高黏度指数润滑油基础油"
    assert (row.industry, row.kind, row.secrecy) == ("coal_chemical", "core_technology", "public")
    assert row.background == "高碳数蜡转化时裂化严重，黏度指数与倾点难以兼顾。"
    assert row.targets[:2] == (
        Target("黏度指数", ">=", Decimal(135), "-", "GB/T 1995"),
        Target("倾点", "<=", Decimal(-24), "℃", "GB/T 3535"),
    )
    assert len(row.targets) == 4
    assert row.reward == Decimal("12000000.00")
    assert row.bid_deadline == datetime(2027, 2, 6, 17, 0, tzinfo=SHANGHAI)
    assert row.duration_months == 30
    assert (row.owner_name, row.uscc) == ("示范煤化工甲公司", "91140400MAQJWYLF5P")
    assert (row.contact, row.phone, row.ip_clause) == ("联系人01", "0355-5550001", "双方共有")


def test_scientific_numbers_and_text_targets_keep_their_value():
    targets = {target.name: target for row in read(LIST).rows for target in row.targets}

    assert targets["位错密度"].value == Decimal(500000000)
    assert targets["氦检漏率"].value == Decimal("0.000000005")
    assert targets["防爆型式"] == Target("防爆型式", "=", "Ex ib I Mb", "-", "GB/T 3836")
    assert targets["启动度量覆盖"].value == Decimal(100)


def test_each_faulty_row_is_reported_by_row_column_and_code():
    reading = read(DATA / "challenge_list_faulty.xlsx")

    assert (reading.rows, reading.total, reading.faulty_rows) == ([], 12, 12)
    assert faults_of(reading) == [
        (2, "统一社会信用代码", "K2", "bad_uscc"),
        (3, "主要技术指标", "F3", "missing"),
        (4, "榜额(万元)", "G4", "not_positive"),
        (5, "密级", "O5", "state_secret"),
        (6, "需求名称", "B6", "duplicate_title"),
        (7, "需求名称", "B7", "duplicate_title"),
        (8, "截止揭榜日期", "H8", "past"),
        (9, "主要技术指标", "F9", "bad_target"),
        (10, "所属产业", "C10", "unknown_choice"),
        (11, "需求名称", "B11", "formula"),
        (12, "榜额(万元)", "G12", "bad_number"),
        (13, "发榜方", "J13", "missing"),
    ]
    assert [fault.serial for fault in reading.faults] == [str(number) for number in range(1, 13)]
    assert all(fault.message.rstrip().endswith(".") for fault in reading.faults if fault.code != "bad_target")


@pytest.mark.parametrize(
    ("cell", "value", "code"),
    [
        ("B2", None, "missing"),
        ("B2", "   ", "missing"),
        ("B2", "题" * 201, "too_long"),
        ("B2", "=1+1", "formula"),
        ("B2", ArrayFormula("B2", "=SUM(A1:A2)"), "formula"),
        ("A2", "=ROW()-1", "formula"),
        ("B2", "#N/A", "error_value"),
        ("C2", "氢 能 源", "unknown_choice"),
        ("D2", "前沿", "unknown_choice"),
        ("F2", "\n \n", "missing"),
        ("F2", "黏度指数|>=|135|-", "bad_target"),
        ("F2", "黏度指数|>|135|-|GB/T 1995", "bad_target"),
        ("F2", "黏度指数|>=||-|GB/T 1995", "bad_target"),
        ("F2", "黏度指数|>=|135||GB/T 1995", "bad_target"),
        ("F2", "黏度指数|>=|1e99|-|GB/T 1995", "bad_target"),
        ("F2", "黏度指数|>=|1e-99|-|GB/T 1995", "bad_target"),
        ("F2", "黏度指数|>=|NaN|-|GB/T 1995", "bad_target"),
        ("F2", "黏度指数|>=|135|-|" + "长" * 201, "bad_target"),
        ("F2", "黏度指数|>=|135|" + "长" * 31 + "|GB/T 1995", "bad_target"),
        ("F2", "长" * 101 + "|>=|135|-|GB/T 1995", "bad_target"),
        ("F2", "黏度指数|>=|135|-|GB/T 1995\n黏度指数|>=|140|-|GB/T 1995", "repeated_target"),
        ("F2", "\n".join(f"指标{n}|>=|1|-|法" for n in range(51)), "too_many_targets"),
        ("G2", 0, "not_positive"),
        ("G2", "1e3万", "bad_number"),
        ("G2", "∞", "bad_number"),
        ("G2", 0.0000001, "bad_number"),
        ("G2", 1e8, "too_large"),
        ("G2", True, "bad_number"),
        ("H2", "2027-02-30", "bad_date"),
        ("H2", "明年", "bad_date"),
        ("H2", 20270206, "bad_date"),
        ("H2", "2026-11-23", "past"),
        ("H2", datetime(2026, 11, 22, 9, 0), "past"),  # noqa: DTZ001 - Excel's dates have no zone
        ("I2", "尽快", "bad_duration"),
        ("I2", "0个月", "bad_duration"),
        ("I2", "11年", "bad_duration"),
        ("K2", "91350100M000100Y4Z", "bad_uscc"),
        ("K2", None, "missing"),
        ("M2", "无", "bad_phone"),
        ("N2", None, "missing"),
        ("O2", "绝密", "state_secret"),
        ("O2", "秘密★5年", "state_secret"),
        ("O2", "涉密", "state_secret"),
        ("O2", "机 密★10年", "state_secret"),
        ("O2", "保密", "unknown_choice"),
        ("O2", None, "missing"),
    ],
)
def test_faulty_cell_is_the_only_one_reported(cell, value, code):
    reading = read(edited(**{cell: value}))

    assert [(fault.cell, fault.code) for fault in reading.faults] == [(cell, code)]
    assert len(reading.rows) == 19
    assert reading.total == 20


@pytest.mark.parametrize(
    ("cell", "value", "attribute", "expected"),
    [
        ("B2", " 费托蜡\n  加氢 ", "title", "费托蜡 加氢"),
        (
            "F2",
            "含水｜≤｜5e-3｜%｜GB/T 1995\r\n\r\n",
            "targets",
            (Target("含水", "<=", Decimal("0.005"), "%", "GB/T 1995"),),
        ),
        ("G2", "1,200.5万元", "reward", Decimal(12005000)),
        ("G2", 0.1 + 0.2, "reward", Decimal(3000)),
        ("H2", "2027/2/6", "bid_deadline", datetime(2027, 2, 6, 17, tzinfo=SHANGHAI)),
        ("H2", "2027年2月6日", "bid_deadline", datetime(2027, 2, 6, 17, tzinfo=SHANGHAI)),
        ("H2", date(2027, 2, 6), "bid_deadline", datetime(2027, 2, 6, 17, tzinfo=SHANGHAI)),
        ("H2", "2026-11-24", "bid_deadline", datetime(2026, 11, 24, 17, tzinfo=SHANGHAI)),
        ("I2", 18, "duration_months", 18),
        ("I2", "2年", "duration_months", 24),
        ("I2", "1年6个月", "duration_months", 18),
        ("K2", "91140400-maqjwylf5p", "uscc", "91140400MAQJWYLF5P"),
        ("M2", 13812345678, "phone", "13812345678"),
        ("M2", "（0355）5550001转8", "phone", "(0355)5550001转8"),
        ("O2", "商业秘密", "secrecy", "trade_secret"),
    ],
)
def test_other_ways_of_writing_the_same_are_understood(cell, value, attribute, expected):
    reading = read(edited(**{cell: value}))

    assert reading.faults == []
    assert getattr(reading.rows[0], attribute) == expected


def test_several_faults_of_a_row_are_reported_together_in_the_order_of_the_columns():
    reading = read(edited(O2="私密", B2=None, G2="很多", F2="一|二\n三|四"))

    assert [(fault.cell, fault.code) for fault in reading.faults] == [
        ("B2", "missing"),
        ("F2", "bad_target"),
        ("F2", "bad_target"),
        ("G2", "bad_number"),
        ("O2", "unknown_choice"),
    ]


def test_row_marked_as_state_secret_is_refused_without_repeating_its_content():
    reading = read(edited(B2="某型装置", K2="不是代码", G2="某额", O2="机密"))

    assert [fault.code for fault in reading.faults] == ["state_secret"]
    assert "must not enter this system" in reading.faults[0].message
    assert all(word not in reading.faults[0].message for word in ("某型装置", "不是代码", "某额"))


def test_same_title_in_other_width_and_blanks_is_reported_on_both_rows():
    reading = read(edited(B2="深紫外 LED 封装", B5="深紫外ＬＥＤ封装"))

    assert [(fault.cell, fault.code) for fault in reading.faults] == [
        ("B2", "duplicate_title"),
        ("B5", "duplicate_title"),
    ]
    assert "Row 5 has the same title" in reading.faults[0].message


def test_one_code_under_two_owner_names_is_reported_on_the_later_row():
    reading = read(edited(J3="另一家公司"))

    assert [(fault.cell, fault.code) for fault in reading.faults] == [("J3", "owner_name_differs")]


def test_formula_is_never_evaluated_even_with_a_cached_value():
    cell = '<c r="G2" t="n"><v>1200</v></c>'
    reading = read(repacked(sheet_part(cell, '<c r="G2"><f>600*2</f><v>1200</v></c>')))

    assert [(fault.cell, fault.code) for fault in reading.faults] == [("G2", "formula")]


def test_columns_are_found_by_their_heading_and_others_left_aside_by_name():
    def rearrange(book):
        book.active.move_range("A1:O21", cols=2)
        book.active["A1"] = "备注"
        book.active["E1"] = " 所属 产业 "
        book.active["I1"] = "榜额（万元）"
        book.create_sheet("说明")

    reading = read(edited(rearrange, I2="很多"))

    assert reading.ignored_columns == ["备注"]
    assert reading.ignored_sheets == ["说明"]
    assert reading.total == 20


def test_cell_of_a_moved_column_is_named_where_it_stands():
    reading = read(edited(lambda book: book.active.move_range("A1:O21", cols=2), B2="备注"), TODAY)
    faulty = read(edited(lambda book: (book.active.move_range("A1:O21", cols=2), book.active.__setitem__("I2", -1))))

    assert reading.ok
    assert faults_of(faulty) == [(2, "榜额(万元)", "I2", "not_positive")]


def test_blank_rows_are_passed_over_and_numbers_stay_those_of_excel():
    reading = read(edited(lambda book: book.active.insert_rows(3, 2), A2=1))

    assert [row.row for row in reading.rows[:2]] == [2, 5]
    assert reading.total == 20


@pytest.mark.parametrize("column", range(len(COLUMNS)))
def test_missing_column_is_one_clear_error(column):
    error = refused(edited(lambda book: book.active.delete_cols(column + 1)))

    assert error.code == "no_columns"
    assert COLUMNS[column] in error.message


def test_renamed_column_is_named_with_what_was_found():
    error = refused(edited(G1="金额"))

    assert error.code == "no_columns"
    assert "榜额(万元)" in error.message
    assert "金额" in error.message


def test_column_standing_twice_is_one_clear_error():
    assert refused(edited(P1="发榜方")).code == "repeated_column"


def test_sheet_without_rows_is_one_clear_error():
    assert refused(edited(lambda book: book.active.delete_rows(2, 20))).code == "empty"
    assert refused(saved(openpyxl.Workbook())).code == "empty"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "not_xlsx"),
        ("序号,需求名称\n1,题\n".encode(), "not_xlsx"),
        (b"%PDF-1.7\n", "not_xlsx"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512), "old_format"),
        (b"PK\x03\x04" + bytes(200), "damaged"),
        (LIST.read_bytes()[:4000], "damaged"),
        (bytes(workbook.MAX_BYTES + 1), "too_large"),
    ],
)
def test_other_file_is_one_clear_error(content, code):
    error = refused(io.BytesIO(content))

    assert error.code == code
    assert error.message.endswith(".")


def test_zip_of_something_else_is_not_a_workbook():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("word/document.xml", "<w/>")
    stream.seek(0)

    assert refused(stream).code == "not_xlsx"


def test_workbook_with_macros_is_refused():
    assert refused(repacked({"xl/vbaProject.bin": b"macro"})).code == "macros"


def test_part_that_unpacks_to_too_much_is_refused_before_unpacking():
    bomb = repacked({"xl/media/image1.png": bytes(spreadsheet.MAX_UNPACKED + 1)})

    assert len(bomb.getvalue()) < 100_000
    assert refused(bomb).code == "bomb"


def test_too_many_parts_are_refused():
    assert refused(repacked({f"xl/media/{n}": b"" for n in range(spreadsheet.MAX_PARTS + 1)})).code == "bomb"


def test_expanding_entities_are_refused():
    laughs = '<!DOCTYPE w [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><worksheet'

    assert refused(repacked(sheet_part("<worksheet", laughs))).code == "damaged"


def test_rows_beyond_the_limit_are_refused_not_dropped():
    assert refused(edited(**{f"B{spreadsheet.MAX_ROWS + 2}": "题"})).code == "too_many_rows"


def test_row_claimed_at_an_endless_number_is_refused():
    part = sheet_part('<row r="21">', '<row r="999999999">')

    assert refused(repacked(part)).code == "too_many_rows"


def test_sheet_that_lies_about_its_size_is_read_whole():
    assert read(repacked(sheet_part('<dimension ref="A1:O21"', '<dimension ref="A1:B2"'))).total == 20


def test_control_characters_are_refused():
    assert [fault.code for fault in read(repacked(sheet_part("高碳数蜡", "高\x85碳"))).faults] == ["control_characters"]


def test_messages_come_in_the_readers_language():
    with override("zh-hans"):
        assert read(DATA / "challenge_list_faulty.xlsx").faulty_rows == 12


@settings(max_examples=60, deadline=None)
@given(st.integers(0, LIST.stat().st_size - 1), st.integers(1, 255))
def test_damaged_byte_ends_in_a_reading_or_one_clear_error(place, flip):
    content = bytearray(LIST.read_bytes())
    content[place] ^= flip
    with contextlib.suppress(Unreadable):
        assert read(io.BytesIO(bytes(content))).total <= 20
