"""The law as rules: how long an arrest may last, which limit governs, and why.

Nothing here reads a clock, a store or a setting; the only files read are profiles and court closures.
"""
