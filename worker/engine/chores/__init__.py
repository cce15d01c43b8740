"""What the pacemaker does besides sleeping, one file each.

Five are chores with an interval; `fire.py` and `signal_work.py` run at every beat.
"""
