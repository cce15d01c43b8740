"""An LAPD arrest export becomes bookings, and nothing about a person beyond the arrest gets out of it."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from events.importers.lapd import (
    Imported,
    LeftOut,
    NotAnArrestFileError,
    OmissionReason,
    Refused,
    read_arrests,
    to_event,
    to_json_line,
)
from tests.support.arrest_rows import (
    DECIMAL,
    HEADER,
    PADDED,
    bookings,
    decimal_export,
    imported,
    outcome_of,
    padded_export,
    reason_of,
)
from tests.support.event_samples import taken


def test_a_padded_row_becomes_a_booking_event() -> None:
    (booking,) = bookings(read_arrests(padded_export({})))
    assert to_event(booking) == {
        "specversion": "1.0",
        "id": "arrest-1000001",
        "source": "urn:lapd:open-data:arrests",
        "type": "custody.booking.created.v1",
        "subject": "LAPD-1000001",
        "time": "2016-07-05T05:02:00-07:00",
        "datacontenttype": "application/json",
        "data": {
            "agency": "LAPD",
            "facility": "77TH ST",
            "arrested_at": "2016-07-05T01:43:00-07:00",
            "booked_at": "2016-07-05T05:02:00-07:00",
            "arrest_kind": "warrantless",
            "charges": [{"statute": "459PC", "level": "felony", "description": "BURGLARY"}],
        },
    }


def test_a_row_of_the_decimal_dialect_is_read_the_same_way() -> None:
    (booking,) = bookings(read_arrests(decimal_export({})))
    assert booking.booking == "LAPD-2000001"
    assert booking.arrested_at == datetime(2023, 7, 7, 5, 50, tzinfo=UTC)
    assert booking.booked_at == datetime(2023, 7, 7, 8, 43, tzinfo=UTC)
    assert booking.description == "ADW, NOT FIREARM, W/GBI"
    assert booking.facility == "METRO - JAIL DIVISION"


@pytest.mark.parametrize(
    ("cell", "wall_clock"),
    [
        ("0000", "00:00:00"),
        ("0.0", "00:00:00"),
        ("9.0", "00:09:00"),
        ("59.0", "00:59:00"),
        ("0143", "01:43:00"),
        ("143.0", "01:43:00"),
        ("1215", "12:15:00"),
        ("2359.0", "23:59:00"),
    ],
)
def test_times_are_read_with_or_without_padding_and_decimals(cell: str, wall_clock: str) -> None:
    booking = imported(Time=cell, Booking_Date="07/06/2016 12:00:00 AM")
    assert to_event(booking)["data"]["arrested_at"] == f"2016-07-05T{wall_clock}-07:00"


def test_every_imported_row_is_an_event_of_the_contract() -> None:
    for export in (padded_export({}), decimal_export({})):
        (booking,) = bookings(read_arrests(export))
        line = to_json_line(booking)
        assert line.endswith(b"\n")
        assert line.count(b"\n") == 1
        assert taken(line).type == "custody.booking.created.v1"


def test_sex_descent_age_place_and_disposition_never_leave() -> None:
    withheld = ("Sex Code", "Descent Code", "Age", "Area Name", "LAT", "LON", "Cross Street")
    (booking,) = bookings(read_arrests(padded_export({})))
    values = set(json.dumps(to_event(booking)).replace('"', " ").replace(",", " ").split())
    assert values.isdisjoint({PADDED[name] for name in withheld})
    for word in ("NOWHERE", "Nowhere", "ELSEWHERE", "POINT"):
        assert word not in repr(booking) + json.dumps(to_event(booking))


def test_a_file_imported_twice_yields_the_same_events() -> None:
    export = decimal_export({}, {"Report ID": "2000002", "Time": "2251.0"})
    first, second = ([to_json_line(b) for b in bookings(read_arrests(export))] for _ in range(2))
    assert first == second
    assert len(first) == 2


def test_a_row_without_a_charge_description_has_none_in_the_event() -> None:
    (charge,) = to_event(imported(Charge_Description=""))["data"]["charges"]
    assert charge == {"statute": "459PC", "level": "felony"}


def test_a_statute_loses_its_blanks() -> None:
    assert imported(Charge=" 11364.1 H&S ").statute == "11364.1H&S"


@pytest.mark.parametrize(
    ("code", "level"), [("F", "felony"), ("M", "misdemeanor"), ("I", "infraction"), ("O", "other")]
)
def test_the_arrest_type_code_gives_the_level(code: str, level: str) -> None:
    assert imported(Arrest_Type_Code=code).level == level


@pytest.mark.parametrize(
    ("description", "kind"),
    [
        ("BURGLARY", "warrantless"),
        ("", "warrantless"),
        ("PAROLE WARRANT", "warrant"),
        ("FTA/TRAFFIC WARRANT", "warrant"),
        ("WARRANT-PETITION TO REVOKE COMMUNITY SUPVN", "warrant"),
        ("FUGITIVE FROM JUSTICE WARRANTLESS ARR", "warrantless"),
        ("OBSTRUCT SEARCH WARRANT", "warrantless"),
        ("ARREST W/O WARRANT", "warrantless"),
    ],
)
def test_an_arrest_is_on_a_warrant_only_where_the_charge_says_so(description: str, kind: str) -> None:
    assert imported(Charge_Description=description).arrest_kind == kind


def test_a_release_in_the_field_is_left_out_whatever_else_the_row_says() -> None:
    for change in ({}, {"Age": "16"}, {"Booking_Date": ""}, {"Time": "nonsense"}):
        assert reason_of(Report_Type="RFC", **change) == "released_in_field"


def test_juveniles_are_refused_and_adults_of_eighteen_are_not() -> None:
    assert reason_of(Age="17") == "juvenile"
    assert reason_of(Age="17.0") == "juvenile"
    assert reason_of(Age="0") == "juvenile"
    assert imported(Age="18").report_id == "1000001"


def test_an_arrest_as_a_dependent_child_is_refused_at_any_age() -> None:
    assert reason_of(Arrest_Type_Code="D", Age="30") == "juvenile"


@pytest.mark.parametrize("age", ["", "unknown", "-1", "17.5", "1e2"])
def test_an_age_that_cannot_be_read_is_refused_for_its_own_reason(age: str) -> None:
    assert reason_of(Age=age) == "unreadable_age"


@pytest.mark.parametrize("cell", ["", "2400", "2400.0", "1260", "99999", "12:15", "143.5", "-143"])
def test_a_time_that_no_clock_shows_is_refused(cell: str) -> None:
    assert reason_of(Time=cell) == "unreadable_arrest_time"
    if cell:
        assert reason_of(Booking_Time=cell) == "unreadable_booking_time"


@pytest.mark.parametrize(
    "cell",
    ["", "02/30/2016", "13/01/2016", "2016-07-05", "7/5/2016", "07/05/2016 01:00:00 PM", "07/05/0016"],
)
def test_a_date_in_another_form_or_in_no_calendar_is_refused(cell: str) -> None:
    assert reason_of(Arrest_Date=cell) == "unreadable_arrest_time"
    if cell:
        assert reason_of(Booking_Date=cell) == "unreadable_booking_time"


def test_a_missing_booking_time_is_refused_and_never_made_up() -> None:
    assert reason_of(Booking_Date="") == "missing_booking_time"
    assert reason_of(Booking_Time="") == "missing_booking_time"


def test_a_booking_before_its_arrest_is_refused() -> None:
    assert reason_of(Booking_Date="02/10/2016 12:00:00 AM") == "impossible_times"
    assert reason_of(Time="0503", Booking_Time="0502") == "impossible_times"
    assert imported(Time="0502", Booking_Time="0502").booked_at == imported(Time="0502").arrested_at


def test_a_time_in_the_hour_that_spring_skips_is_refused() -> None:
    assert reason_of(Arrest_Date="03/13/2016", Time="0230") == "nonexistent_local_time"
    spring = {"Arrest_Date": "03/13/2016", "Booking_Date": "03/13/2016 12:00:00 AM", "Time": "0130"}
    assert reason_of(**spring, Booking_Time="0230") == "nonexistent_local_time"
    assert imported(**spring, Booking_Time="0300").booked_at == datetime(2016, 3, 13, 10, 0, tzinfo=UTC)


AUTUMN = {"Arrest_Date": "11/06/2016", "Booking_Date": "11/06/2016 12:00:00 AM"}


def test_a_time_in_the_hour_that_autumn_repeats_is_the_earlier_one() -> None:
    booking = imported(**AUTUMN, Time="0110", Booking_Time="0150")
    assert to_event(booking)["data"]["arrested_at"] == "2016-11-06T01:10:00-07:00"
    assert to_event(booking)["data"]["booked_at"] == "2016-11-06T01:50:00-07:00"


def test_a_booking_in_the_repeated_hour_is_never_read_as_before_its_arrest() -> None:
    booking = imported(**AUTUMN, Time="0150", Booking_Time="0110")
    assert booking.booked_at - booking.arrested_at == timedelta(minutes=20)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"Report_Type": ""}, "unknown_report_type"),
        ({"Report_Type": "CITE"}, "unknown_report_type"),
        ({"Arrest_Type_Code": ""}, "unknown_arrest_type"),
        ({"Arrest_Type_Code": "X"}, "unknown_arrest_type"),
        ({"Charge": "  "}, "missing_charge"),
        ({"Booking_Location": ""}, "missing_booking_location"),
        ({"Report_ID": ""}, "unreadable_report_id"),
        ({"Report_ID": "12 34/5"}, "unreadable_report_id"),
    ],
)
def test_a_row_that_lacks_what_the_contract_asks_for_is_refused_by_name(
    change: dict[str, str], reason: str
) -> None:
    assert reason_of(**change) == reason


def test_a_row_repeated_word_for_word_counts_once() -> None:
    first, second = read_arrests(padded_export({}, {"Address": "another address, not read"}))
    assert isinstance(first, Imported)
    assert second == LeftOut(3, "1000001", OmissionReason.DUPLICATE_ROW)


def test_a_report_id_with_two_contents_is_refused_the_second_time() -> None:
    first, second = read_arrests(padded_export({}, {"Time": "0144"}))
    assert isinstance(first, Imported)
    assert isinstance(second, Refused)
    assert (second.line, second.report_id, second.reason.value) == (3, "1000001", "repeated_report_id")


def test_a_row_with_too_few_cells_is_refused_and_the_next_one_is_read() -> None:
    lines = padded_export({}, {"Report ID": "1000002"})
    cut_short, sound = read_arrests([lines[0], "1000009,BOOKING,07/05/2016\n", "\n", lines[2]])
    assert isinstance(cut_short, Refused)
    assert (cut_short.line, cut_short.reason.value) == (2, "malformed_row")
    assert isinstance(sound, Imported)
    assert (sound.line, sound.report_id) == (4, "1000002")


def test_a_row_that_is_no_csv_is_refused_and_the_next_one_is_read() -> None:
    lines = padded_export({}, {})
    too_wide = "9" * 200_000 + "\n"
    broken, sound = read_arrests([lines[0], too_wide, lines[1]])
    assert isinstance(broken, Refused)
    assert broken.reason.value == "malformed_row"
    assert isinstance(sound, Imported)


def test_a_cell_over_two_lines_does_not_upset_the_line_numbers() -> None:
    lines = padded_export({"Address": "HALF,"}, {"Report ID": "1000002"})
    lines[1] = lines[1].replace('"HALF,"', '"HALF\nHALF"')
    text = "".join(lines)
    first, second = read_arrests(text.splitlines(keepends=True))
    assert (first.line, second.line) == (2, 4)


@pytest.mark.parametrize(
    "text",
    ["", "\n", "booking,deadline\n1,2\n", HEADER.replace("Booking Time,", "") + "\n", "9" * 200_000],
)
def test_a_file_that_is_no_arrest_export_is_told_before_any_row_is_read(text: str) -> None:
    with pytest.raises(NotAnArrestFileError, match="Booking Time") as sent:
        read_arrests(text.splitlines(keepends=True))
    assert "\n" not in str(sent.value)


def test_the_columns_may_stand_in_any_order_and_others_may_be_absent() -> None:
    names = sorted(set(DECIMAL) - {"LAT", "LON", "Sex Code", "Descent Code"}, reverse=True)
    cells = [f'"{DECIMAL[name]}"' for name in names]
    (outcome,) = read_arrests([",".join(names), ",".join(cells)])
    (usual,) = read_arrests(decimal_export({}))
    assert outcome == usual


def test_outcomes_carry_the_line_the_report_and_a_reason_and_nothing_else() -> None:
    refused = outcome_of(Age="17")
    assert repr(refused) == (
        "Refused(line=2, report_id='1000001', reason=<RefusalReason.JUVENILE: 'juvenile'>)"
    )
