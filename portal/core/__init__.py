"""What every room stands on: database, money, clock, ids, errors, text, languages, rights."""
