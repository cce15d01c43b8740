"""What happened in a period: who was kept past entitlement, what a shift must know, what ICE asked."""
