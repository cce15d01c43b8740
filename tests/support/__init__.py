"""Helpers that several tests use, imported absolutely: `from tests.support.bookings import booked`."""
