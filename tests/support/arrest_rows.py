"""Sample arrest exports in the two published dialects; every row is fictitious."""

from collections.abc import Iterator

from events.importers.lapd import Imported, LeftOut, Outcome, Refused, read_arrests

HEADER = (
    "Report ID,Report Type,Arrest Date,Time,Area ID,Area Name,Reporting District,Age,Sex Code,Descent Code,"
    "Charge Group Code,Charge Group Description,Arrest Type Code,Charge,Charge Description,"
    "Disposition Description,Address,Cross Street,LAT,LON,Location,Booking Date,Booking Time,"
    "Booking Location,Booking Location Code"
)
COLUMNS = HEADER.split(",")

PADDED = {
    "Report ID": "1000001",
    "Report Type": "BOOKING",
    "Arrest Date": "07/05/2016",
    "Time": "0143",
    "Area Name": "Nowhere Division",
    "Age": "46",
    "Sex Code": "Q",
    "Descent Code": "Z",
    "Arrest Type Code": "F",
    "Charge": "459PC",
    "Charge Description": "BURGLARY",
    "Disposition Description": "ELSEWHERE DISPOSED",
    "Address": "100    NOWHERE                      AV",
    "Cross Street": "NOPLACE",
    "LAT": "33.3333",
    "LON": "-117.7777",
    "Location": "POINT (-117.7777 33.3333)",
    "Booking Date": "07/05/2016 12:00:00 AM",
    "Booking Time": "0502",
    "Booking Location": "77TH ST",
    "Booking Location Code": "4212",
}

DECIMAL = PADDED | {
    "Report ID": "2000001",
    "Arrest Date": "07/06/2023 12:00:00 AM",
    "Time": "2250.0",
    "Charge": "245(A)(1)PC",
    "Charge Description": "ADW, NOT FIREARM, W/GBI",
    "Booking Date": "07/07/2023 12:00:00 AM",
    "Booking Time": "143.0",
    "Booking Location": "METRO - JAIL DIVISION",
    "Booking Location Code": "4273.0",
}


def padded_export(*changes: dict[str, str]) -> list[str]:
    """A file as of 2010 to 2019, one row per change, with the byte-order mark that the portal writes."""
    return ["\ufeff" + HEADER + "\n", *(_line(PADDED | change) for change in changes)]


def decimal_export(*changes: dict[str, str]) -> list[str]:
    """A file as of 2020 on, with its nameless index column."""
    rows = (f"{index},{_line(DECIMAL | change)}" for index, change in enumerate(changes))
    return ["," + HEADER + "\n", *rows]


def outcome_of(**change: str) -> Outcome:
    """The outcome of the sample padded row with some cells changed (`Arrest_Date` for `Arrest Date`)."""
    named = {name.replace("_", " "): cell for name, cell in change.items()}
    (outcome,) = read_arrests(padded_export(named))
    return outcome


def imported(**change: str) -> Imported:
    """The booking that the changed row becomes."""
    outcome = outcome_of(**change)
    assert isinstance(outcome, Imported), outcome
    return outcome


def reason_of(**change: str) -> str:
    """The reason for which the changed row is not imported."""
    outcome = outcome_of(**change)
    assert isinstance(outcome, Refused | LeftOut), outcome
    return outcome.reason.value


def bookings(outcomes: Iterator[Outcome]) -> list[Imported]:
    """The bookings among these outcomes."""
    return [outcome for outcome in outcomes if isinstance(outcome, Imported)]


def _line(row: dict[str, str]) -> str:
    return (
        ",".join(f'"{cell}"' if "," in cell else cell for cell in (row.get(name, "") for name in COLUMNS))
        + "\n"
    )
