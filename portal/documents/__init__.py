"""What is shown as proof: exhibits with a number and a hash, and the documents behind them."""
