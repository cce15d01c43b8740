"""The law as rules: how long an arrest may last, which limit governs, and why.

No module here reads a clock, a store or a setting; the only files read are profiles and the lists of days
that they name. A folder for each jurisdiction holds its limits, calendars, lists and profiles.
"""
