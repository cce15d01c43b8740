"""The routing file: what it says counts, and whatever is wrong with it is refused with its line."""

from pathlib import Path

import pytest

from events.outbound import SOURCE as CLOCK
from events.outbound import (
    Alarm,
    ClockAlarmed,
    DeclinedRequest,
    IceRequestDeclined,
    Outbound,
)
from tests.support.bookings import now
from worker.delivery.routing import NOTICES_FILE_SINK, Addressed, Routing
from worker.delivery.routing_file import RoutingFileError, read_routing

GOOD = """\
[sinks.jail]
kind = "webhook"
url = "https://jms.example/custody"
secret_env = "JAIL_WEBHOOK_SECRET"

[sinks.desk-mail]
kind = "smtp"
host = "mail.example"
port = 587
security = "starttls"
username = "custody"
password_env = "MAIL_PASSWORD"
from = "custody-clock@example.org"
to = ["watch@example.org"]

[sinks.bus]
kind = "stream"
url_env = "BUS_URL"
key = "custody-notices"
maxlen = 100000

[sinks.print-room]
kind = "file"
path = "/var/spool/custody/served.jsonl"

[audiences]
jms = ["jail"]
watch = ["desk-mail", "bus"]
ice = []
subject = ["print-room"]
counsel = []

[routes]
ice-fax = ["print-room"]
"""


def read(tmp_path: Path, text: str) -> Routing:
    path = tmp_path / "routes.toml"
    path.write_text(text)
    return read_routing(path, tmp_path / "notices.jsonl")


def test_the_example_of_the_contract_is_taken(tmp_path: Path) -> None:
    routing = read(tmp_path, GOOD)
    assert set(routing.sinks) == {"jail", "desk-mail", "bus", "print-room", NOTICES_FILE_SINK}


@pytest.mark.parametrize(
    ("line", "replacement", "number", "says"),
    [
        ('kind = "webhook"', 'kind = "pigeon"', 1, "kind must be webhook, smtp, stream or file"),
        ('url = "https', 'adress = "https', 1, "url is missing"),
        ('secret_env = "JAIL', 'secret = "x"\nsecret_env = "JAIL', 4, "unknown key"),
        ('url = "https://jms', 'url = "http://jms', 3, "use https"),
        ('url = "https://jms', 'url = "https://me:pw@jms', 3, "take the user and the password out"),
        ('secret_env = "JAIL_WEBHOOK_SECRET"', "", 1, "either secret_env or secret_file"),
        ('security = "starttls"', 'security = "none"', 6, "on this machine only"),
        ("port = 587", "port = 0", 9, "greater than or equal to 1"),
        ("counsel = []\n", "", 26, "audience counsel is missing"),
        ("counsel = []", 'counsel = []\npress = ["jail"]', 32, "unknown audience"),
        ('jms = ["jail"]', 'jms = ["jial"]', 27, "there is no sink jial"),
        ('subject = ["print-room"]', "subject = []", 22, ""),
        ("[routes]", "[roads]", 33, "unknown key"),
        ("[sinks.jail]", "[sinks.notices-file]", 1, "this name is the clock's"),
    ],
)
def test_what_is_wrong_is_refused_with_its_line(
    tmp_path: Path, line: str, replacement: str, number: int, says: str
) -> None:
    text = GOOD.replace(line, replacement)
    if line.startswith("subject"):
        text = text.replace('ice-fax = ["print-room"]', 'ice-fax = ["jail"]')
        says = "nobody uses sink print-room"
    with pytest.raises(RoutingFileError, match=says) as refused:
        read(tmp_path, text)
    assert f"line {number}:" in str(refused.value)


def test_a_broken_file_is_refused_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(RoutingFileError, match="line 2"):
        read(tmp_path, "[sinks.jail]\nkind = webhook\n")


def test_a_missing_file_names_the_setting(tmp_path: Path) -> None:
    with pytest.raises(RoutingFileError, match="CUSTODY_ROUTES"):
        read_routing(tmp_path / "none.toml", tmp_path / "notices.jsonl")


def declined(route: str | None) -> Outbound:
    data = DeclinedRequest(reason="already_released")
    return IceRequestDeclined(
        specversion="1.0", id="1", source=CLOCK, subject="B1", time=now(), route=route, data=data
    )


def alarm(sink: str | None) -> Outbound:
    data = Alarm(code="notice_undelivered", detail="see", sink=sink)
    return ClockAlarmed(specversion="1.0", id="1", source=CLOCK, subject="B1", time=now(), data=data)


def test_an_audience_gets_what_no_route_names_and_a_route_its_own(tmp_path: Path) -> None:
    routing = read(tmp_path, GOOD)
    assert routing.address(declined(None)) == Addressed(())
    assert routing.address(declined("ice-fax")) == Addressed(("print-room",))
    assert routing.address(alarm(None)) == Addressed(("desk-mail", "bus"))


def test_a_route_that_leads_to_nobody_is_known(tmp_path: Path) -> None:
    routing = read(tmp_path, GOOD)
    assert routing.address(declined("ice-phone")) == Addressed((), is_alias_unknown=True)
    assert routing.leads_nowhere(declined("ice-phone"))
    assert not routing.leads_nowhere(declined("ice-fax"))
    assert not routing.leads_nowhere(declined(None))


def test_an_alarm_about_a_sink_goes_by_another(tmp_path: Path) -> None:
    routing = read(tmp_path, GOOD)
    assert routing.address(alarm("bus")) == Addressed(("desk-mail",))
    alone = read(
        tmp_path,
        GOOD.replace('watch = ["desk-mail", "bus"]', 'watch = ["bus"]').replace(
            "ice = []", 'ice = ["desk-mail"]'
        ),
    )
    assert alone.address(alarm("bus")) == Addressed((NOTICES_FILE_SINK,))


def test_without_a_file_everything_goes_to_the_notices_file(tmp_path: Path) -> None:
    routing = Routing.to_file(tmp_path / "notices.jsonl")
    for event in (declined(None), declined("ice-fax"), alarm(None), alarm(NOTICES_FILE_SINK)):
        assert routing.address(event) == Addressed((NOTICES_FILE_SINK,))
