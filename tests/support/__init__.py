"""What several tests use. Imported absolutely: `from tests.support.bookings import booked`."""
