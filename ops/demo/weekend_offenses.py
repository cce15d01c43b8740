"""The charges of the demo's bookings."""

from typing import Final

from ops.demo.weekend_booking import Offense

BURGLARY: Final = Offense("459PC", "felony", "burglary")
ROBBERY: Final = Offense("211PC", "felony", "robbery")
"""On the violent-felony list, Cal. Penal Code § 667.5(c)(9)."""
VEHICLE_TAKING: Final = Offense("10851(A)VC", "felony", "taking a vehicle")
DRUG_SALE: Final = Offense("11378HS", "felony", "possession for sale")
THREATS: Final = Offense("422(A)PC", "felony", "criminal threats")
DRUNK_DRIVING: Final = Offense("23152(A)VC", "misdemeanor", "driving under the influence")
DRUNK_IN_PUBLIC: Final = Offense("647(F)PC", "misdemeanor", "drunk in public")
SHOPLIFTING: Final = Offense("459.5(A)PC", "misdemeanor", "shoplifting")
VANDALISM: Final = Offense("594(A)PC", "misdemeanor", "vandalism")
PAROLE_VIOLATION: Final = Offense("3056PC", "other", "violation of parole")
FAILURE_TO_APPEAR: Final = Offense("853.7PC", "misdemeanor", "failure to appear", "warrant")
FUGITIVE: Final = Offense("1551PC", "felony", "fugitive from another state", "warrant")

FELONIES: Final = (
    BURGLARY,
    VEHICLE_TAKING,
    DRUG_SALE,
    THREATS,
    ROBBERY,
    Offense("245(A)(1)PC", "felony", "assault with a deadly weapon"),
    Offense("273.5(A)PC", "felony", "injury to a partner"),
    Offense("487(C)PC", "felony", "grand theft from a person"),
    Offense("29800(A)1PC", "felony", "firearm held by a felon"),
    Offense("496(A)PC", "felony", "receiving stolen property"),
)

MISDEMEANORS: Final = (
    DRUNK_DRIVING,
    DRUNK_IN_PUBLIC,
    SHOPLIFTING,
    VANDALISM,
    FAILURE_TO_APPEAR,
    Offense("243(A)PC", "misdemeanor", "battery"),
    Offense("11377(A)HS", "misdemeanor", "possession of a controlled substance"),
    Offense("14601.1(A)VC", "misdemeanor", "driving on a suspended license"),
    Offense("148(A)(1)PC", "misdemeanor", "obstructing an officer"),
    Offense("602(O)PC", "misdemeanor", "trespass"),
)

CITABLE: Final = (
    DRUNK_IN_PUBLIC,
    SHOPLIFTING,
    VANDALISM,
    Offense("602(O)PC", "misdemeanor", "trespass"),
    Offense("484(A)PC", "misdemeanor", "petty theft"),
    Offense("640(C)(1)PC", "infraction", "fare evasion"),
)
