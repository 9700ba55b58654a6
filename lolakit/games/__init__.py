"""What is played: matrix games, and the memory-one policies that play them."""
