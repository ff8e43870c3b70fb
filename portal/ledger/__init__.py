"""Books, transfers, claims, holds and payouts: only what is disputed is held, everything else stays payable."""
